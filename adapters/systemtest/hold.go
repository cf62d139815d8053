package systemtest

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"syscall"
)

// held are ports of a program that does not run: no other program can take them, and connections to them are refused.
type held []int

// holdPorts takes ports, bound and not listening.
func holdPorts(ports ...string) (h held, err error) {
	for _, text := range ports {
		port, err := strconv.Atoi(text)
		if err != nil {
			return h, err
		}
		socket, err := bind(port)
		if err != nil {
			return h, fmt.Errorf("hold port %d: %w", port, err)
		}
		h = append(h, socket)
	}
	return h, nil
}

// bind binds a socket although connections of before may linger. Another one may not do so.
func bind(port int) (socket int, err error) {
	syscall.ForkLock.RLock() // no child is to inherit it
	socket, err = syscall.Socket(syscall.AF_INET6, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(socket)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return 0, os.NewSyscallError("socket", err)
	}
	err = errors.Join(share(socket, 1), os.NewSyscallError("bind", syscall.Bind(socket, &syscall.SockaddrInet6{Port: port})), share(socket, 0))
	if err != nil {
		return 0, errors.Join(err, syscall.Close(socket))
	}
	return socket, nil
}

// release frees the ports, at once even where a child of this process that has not come to its exec has the sockets, too.
func (h held) release() (err error) {
	for _, socket := range h {
		err = errors.Join(err, share(socket, 1), syscall.Close(socket))
	}
	return err
}

// share lets other sockets that agree take the port of this one, or not.
func share(socket, value int) error {
	return os.NewSyscallError("setsockopt", syscall.SetsockoptInt(socket, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, value))
}
