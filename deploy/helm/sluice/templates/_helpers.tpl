{{- define "sluice.labels" -}}
app.kubernetes.io/name: sluice
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end -}}

{{- define "sluice.selector" -}}
app.kubernetes.io/name: sluice
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .stage }}
{{- end -}}

{{- define "sluice.fullname" -}}
{{- printf "%s-%s" .root.Release.Name .stage | trunc 52 | trimSuffix "-" -}}
{{- end -}}

{{- /* The configuration of one stage: it has its own section alone, so that a change restarts nothing else. */ -}}
{{- define "sluice.config" -}}
{{- $values := .root.Values -}}
{{- $kafka := dict "bootstrap_servers" $values.kafka.bootstrapServers "topic_prefix" $values.kafka.topicPrefix "partitions" $values.kafka.partitions "replication_factor" $values.kafka.replicationFactor "create_topics" $values.kafka.createTopics "state_directory" "/var/lib/sluice/state" -}}
{{- with $values.kafka.properties }}{{ $_ := set $kafka "properties" . }}{{ end -}}
{{- $config := dict "log" (dict "kafka" $kafka) "grpc" (dict "listen" "0.0.0.0:7070" "admin_listen" "127.0.0.1:7072") "http" (dict "listen" "0.0.0.0:7071") -}}
{{- with $values.tls.existingSecret -}}
{{- $tls := dict "certificate" "/etc/sluice/tls/tls.crt" "key" "/etc/sluice/tls/tls.key" -}}
{{- if $values.tls.http }}{{ $_ := set $config.http "tls" (deepCopy $tls) }}{{ end -}}
{{- if $values.tls.clientCa }}{{ $_ := set $tls "client_ca" "/etc/sluice/tls/ca.crt" }}{{ end -}}
{{- $_ := set $config.grpc "tls" $tls -}}
{{- end -}}
{{- if $values.tokens.existingSecret -}}
{{- $tokens := dict -}}
{{- range $values.tokens.scopes }}{{ $_ := set $tokens (printf "%s_file" .) (printf "/etc/sluice/tokens/%s" .) }}{{ end -}}
{{- $_ := set $config.grpc "tokens" $tokens -}}
{{- end -}}
{{- with $values.pages }}{{ $_ := set $config.http "pages" . }}{{ end -}}
{{- $own := dict -}}
{{- $runtime := dict "drain_max" "45s" -}}
{{- if eq .stage "fetch" -}}
{{- $own = dict "contact" $values.fetch.contact "sources" $values.fetch.sources -}}
{{- range $key, $value := $values.fetch.options }}{{ $_ := set $own $key $value }}{{ end -}}
{{- end -}}
{{- if eq .stage "feed" -}}
{{- /* It takes submissions too, within the same bounds. */ -}}
{{- with pick $values.fetch.options "allowed_private_networks" "body_bytes_max" }}{{ $_ := set $config "fetch" . }}{{ end -}}
{{- else if eq $values.ownership "group" -}}
{{- $_ := set $runtime "ownership" "group" -}}
{{- else -}}
{{- $runtime = dict "replicas" (index $values.stages .stage).replicas "ordinal" "${env:SLUICE_ORDINAL}" "drain_max" "45s" -}}
{{- end -}}
{{- if eq .stage "classify-relevance" -}}
{{- $own = dict "topics" $values.classifyRelevance.topics -}}
{{- if not (kindIs "invalid" $values.classifyRelevance.publishScoreMin) }}{{ $_ := set $own "publish_score_min" $values.classifyRelevance.publishScoreMin }}{{ end -}}
{{- end -}}
{{- $section := .stage | replace "-" "_" -}}
{{- range $key, $value := index $values.config $section }}{{ $_ := set $own $key $value }}{{ end -}}
{{- range $key, $value := $values.config.runtime }}{{ $_ := set $runtime $key $value }}{{ end -}}
{{- with $own }}{{ $_ := set $config $section . }}{{ end -}}
{{- $_ := set $config "runtime" $runtime -}}
{{- $config | toYaml -}}
{{- end -}}

{{- /* What is mounted into a stage's pods: file name -> content. */ -}}
{{- define "sluice.files" -}}
sluice.yaml: |
  {{- include "sluice.config" . | nindent 2 }}
{{- if eq .stage "classify-relevance" }}
{{- range $name, $content := .root.Values.classifyRelevance.topicFiles }}
{{ $name }}: |
  {{- $content | nindent 2 }}
{{- end }}
{{- end }}
{{- end -}}

{{- /* Keys that values of the chart say are said once. */ -}}
{{- define "sluice.check" -}}
{{- range $key, $place := dict "contact" "fetch.contact" "sources" "fetch.sources" -}}
{{- if hasKey $.Values.fetch.options $key }}{{ fail (printf "fetch.options.%s: is said by %s" $key $place) }}{{ end -}}
{{- end -}}
{{- range $key, $place := dict "topics" "classifyRelevance.topics" "publish_score_min" "classifyRelevance.publishScoreMin" -}}
{{- if hasKey (default dict $.Values.config.classify_relevance) $key }}{{ fail (printf "config.classify_relevance.%s: is said by %s" $key $place) }}{{ end -}}
{{- end -}}
{{- range $key, $place := dict "ordinal" "the pod's name" "replicas" "stages.<stage>.replicas" "ownership" "ownership" -}}
{{- if hasKey (default dict $.Values.config.runtime) $key }}{{ fail (printf "config.runtime.%s: is said by %s" $key $place) }}{{ end -}}
{{- end -}}
{{- if not .Values.tls.existingSecret -}}
{{- if .Values.tokens.existingSecret }}{{ fail "tokens.existingSecret: tokens would pass in plain text: set tls.existingSecret" }}{{ end -}}
{{- if or .Values.tls.clientCa .Values.tls.http }}{{ fail "tls.clientCa and tls.http: need tls.existingSecret" }}{{ end -}}
{{- end -}}
{{- if and .Values.tls.clientCa (ne .Values.tls.ca "ca.crt") }}{{ fail "tls.clientCa: clients are signed by tls.ca: ca.crt" }}{{ end -}}
{{- if and .Values.tokens.existingSecret (not .Values.tls.http) (not (has .Values.pages (list "none" "open"))) -}}
{{- fail "pages: with tokens.existingSecret the page and feeds ask for a token, in plain text: set tls.http: true, or pages: none, or pages: open for everybody" -}}
{{- end -}}
{{- if and (eq .Values.pages "token") (not .Values.tokens.existingSecret) }}{{ fail "pages: token needs tokens.existingSecret" }}{{ end -}}
{{- with .Values.networkPolicy -}}
{{- if and .enabled .feedClients (not .monitoring) $.Values.serviceMonitor.enabled -}}
{{- fail "networkPolicy.feedClients closes the feed's HTTP port, which has /metrics too: name Prometheus in networkPolicy.monitoring" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /* The name in the certificate. */ -}}
{{- define "sluice.serverName" -}}
{{- .Values.tls.serverName | default (printf "%s.%s.svc" (include "sluice.fullname" (dict "root" . "stage" "feed")) .Release.Namespace) -}}
{{- end -}}

{{- /* So that verbs in the pods need no options for it. */ -}}
{{- define "sluice.clientEnvironment" -}}
{{- if .Values.tls.existingSecret }}
- {name: SLUICE_CA, value: {{ with .Values.tls.ca }}/etc/sluice/tls/{{ . }}{{ else }}/etc/ssl/certs/ca-certificates.crt{{ end }}}
- {name: SLUICE_SERVER_NAME, value: {{ include "sluice.serverName" . }}}
{{- if .Values.tls.clientCa }}
- {name: SLUICE_CERT, value: /etc/sluice/tls/tls.crt}
- {name: SLUICE_KEY, value: /etc/sluice/tls/tls.key}
{{- end }}
{{- end }}
{{- if and .Values.tokens.existingSecret (has "admin" .Values.tokens.scopes) }}
- {name: SLUICE_TOKEN_FILE, value: /etc/sluice/tokens/admin}
{{- end }}
{{- end -}}
