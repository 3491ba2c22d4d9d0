{{- define "gatelodge.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 52 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 52 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "gatelodge.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "gatelodge.labels" -}}
{{ include "gatelodge.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{/* What the nodes and the migration have in common: one container, as little as it can do. */}}
{{- define "gatelodge.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "gatelodge.container" -}}
image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
envFrom:
  - configMapRef:
      name: {{ include "gatelodge.name" . }}
  {{- with .Values.extraEnvFrom }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
env:
  - name: GATELODGE_SECRET_KEY
    valueFrom:
      secretKeyRef:
        name: {{ .Values.existingSecret.name }}
        key: {{ .Values.existingSecret.secretKey }}
  {{- if .Values.existingSecret.pgpass }}
  - name: PGPASSFILE
    value: /var/lib/gatelodge/.pgpass
  {{- end }}
volumeMounts:
  - name: data
    mountPath: /var/lib/gatelodge
  - name: tmp
    mountPath: /tmp
  {{- if .Values.config }}
  - name: config
    mountPath: /etc/gatelodge
    readOnly: true
  {{- end }}
resources:
  {{- toYaml .Values.resources | nindent 2 }}
{{- end }}

{{/* libpq reads a password file that only its owner may read, which no mounted secret can be. */}}
{{- define "gatelodge.pgpass" -}}
{{- if .Values.existingSecret.pgpass }}
initContainers:
  - name: pgpass
    image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
    imagePullPolicy: {{ .Values.image.pullPolicy }}
    command: [install, -m, "0600", /secret/pgpass, /var/lib/gatelodge/.pgpass]
    securityContext:
      allowPrivilegeEscalation: false
      readOnlyRootFilesystem: true
      capabilities:
        drop: [ALL]
    resources:
      {{- toYaml .Values.resources | nindent 6 }}
    volumeMounts:
      - name: data
        mountPath: /var/lib/gatelodge
      - name: pgpass
        mountPath: /secret
        readOnly: true
{{- end }}
{{- end }}

{{/* What the program is called with before its command. */}}
{{- define "gatelodge.args" -}}
{{- if .Values.config }}--config, /etc/gatelodge/gatelodge.toml, {{ end }}
{{- end }}

{{- define "gatelodge.volumes" -}}
- name: data
  emptyDir:
    sizeLimit: 64Mi
- name: tmp
  emptyDir:
    sizeLimit: 256Mi
{{- if .Values.config }}
- name: config
  configMap:
    name: {{ include "gatelodge.name" . }}-file
{{- end }}
{{- if .Values.existingSecret.pgpass }}
- name: pgpass
  secret:
    secretName: {{ .Values.existingSecret.name }}
    items:
      - key: {{ .Values.existingSecret.pgpass }}
        path: pgpass
{{- end }}
{{- end }}
