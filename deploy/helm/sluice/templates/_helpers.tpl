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

{{- /* The configuration of one stage: sources are in fetch's alone, so that a new source restarts nothing else. */ -}}
{{- define "sluice.config" -}}
{{- $values := .root.Values -}}
{{- $kafka := dict "bootstrap_servers" $values.kafka.bootstrapServers "topic_prefix" $values.kafka.topicPrefix "partitions" $values.kafka.partitions "replication_factor" $values.kafka.replicationFactor "create_topics" $values.kafka.createTopics "state_directory" "/var/lib/sluice/state" -}}
{{- with $values.kafka.properties }}{{ $_ := set $kafka "properties" . }}{{ end -}}
{{- $config := dict "log" (dict "kafka" $kafka) "grpc" (dict "listen" "0.0.0.0:7070" "admin_listen" "127.0.0.1:7072") "http" (dict "listen" "0.0.0.0:7071") -}}
{{- if eq .stage "fetch" -}}
{{- $_ := set $config "fetch" (merge (dict "contact" $values.fetch.contact "sources" $values.fetch.sources) $values.fetch.options) -}}
{{- end -}}
{{- if eq .stage "classify-relevance" -}}
{{- $_ := set $config "classify_relevance" (dict "topics" $values.classifyRelevance.topics "publish_score_min" $values.classifyRelevance.publishScoreMin) -}}
{{- end -}}
{{- if ne .stage "feed" -}}
{{- $_ := set $config "runtime" (dict "replicas" (index $values.stages .stage).replicas "ordinal" "${env:SLUICE_ORDINAL}" "drain_max" "45s") -}}
{{- end -}}
{{- merge $config $values.config | toYaml -}}
{{- end -}}
