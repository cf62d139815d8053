package lambda

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// reportInit reports to the runtime API why the function cannot start, so that its callers get the reason and
// not only that the process ended.
func reportInit(api string, failure error) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	body, err := json.Marshal(map[string]string{"errorType": "Runtime.InitError", "errorMessage": failure.Error()})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+api+"/2018-06-01/runtime/init/error", bytes.NewReader(body)) //nolint:gosec // the address is Lambda's own
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Lambda-Runtime-Function-Error-Type", "Runtime.InitError")
	resp, err := http.DefaultClient.Do(req) //nolint:gosec // likewise
	if err != nil {
		return err
	}
	defer resp.Body.Close() //nolint:errcheck // nothing of it is read
	if resp.StatusCode != http.StatusAccepted {
		return fmt.Errorf("lambda: the runtime API answered %s", resp.Status)
	}
	return nil
}
