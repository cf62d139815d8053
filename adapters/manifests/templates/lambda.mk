{{range .Services}}{{range .Functions}}build-{{.ID}} {{end}}: PROGRAM = {{.Name}}
{{end}}