{{range .Services}}{{range deployed .}}build-{{.ID}} {{end}}: PROGRAM = {{.Name}}
{{end}}