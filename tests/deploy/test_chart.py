"""The Helm chart: rendered by Helm itself, held to Kubernetes' own schemas."""

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

import kubernetes_validate
import pytest
import yaml
from helm_python.chart import Chart, lint
from helm_python.errors import HelmValuesError

from tests.deploy.test_files import DEPLOY, ELSEWHERE, SETTINGS

CHART = DEPLOY / "helm/gatelodge"
LEAST: dict[str, Any] = {
    "baseUrl": "https://login.example.com",
    "databaseUrl": "postgresql://gatelodge@db/gatelodge",
    "existingSecret": {"name": "gatelodge", "secretKey": "secret-key", "pgpass": ""},
}
MOST: dict[str, Any] = {
    **LEAST,
    "valkeyUrl": "valkey://cache",
    "trustedProxies": "10.0.0.0/8",
    "settings": {"log_format": "json", "signing_key_days": 30},
    "existingSecret": {"name": "gatelodge", "secretKey": "secret-key", "pgpass": "pgpass"},
    "config": '[[providers]]\nid = "corp"\nname = "Corp"\n',
    "extraEnvFrom": [{"secretRef": {"name": "mail"}}],
    "imagePullSecrets": [{"name": "registry"}],
    "autoscaling": {"enabled": True},
    "ingress": {
        "enabled": True,
        "className": "nginx",
        "host": "login.example.com",
        "tlsSecret": "tls",
        "annotations": {"a": "b"},
    },
    "networkPolicy": {
        "enabled": True,
        "ingressNamespaceLabels": {"name": "ingress"},
        "extraEgress": [{"ports": [{"port": 443, "protocol": "TCP"}]}],
    },
    "podAnnotations": {"a": "b"},
    "nodeSelector": {"a": "b"},
    "tolerations": [{"operator": "Exists"}],
    "affinity": {"nodeAffinity": {}},
}


def everything(values: Mapping[str, Any]) -> list[Any]:
    """Return what the chart makes of these values."""
    with Chart.load(CHART) as chart:
        files = chart.render(values=dict(values), name="prod")
    return list(_documents(files))


def rendered(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the chart makes of these values, the first of each kind."""
    return {made["kind"]: made for made in reversed(everything(values))}


def _documents(files: Mapping[str, str]) -> Iterator[Any]:
    for name, text in files.items():
        if name.endswith(".yaml") and text.strip():
            yield from yaml.safe_load_all(text)


@pytest.mark.parametrize("values", [LEAST, MOST], ids=["least", "most"])
def test_helm_and_kubernetes_take_it(values: dict[str, Any]) -> None:
    """Helm lint says nothing but advice; every object fits the schema of its kind, strictly."""
    said = lint(CHART, values)
    assert not [each for each in said["messages"] if each["severity"] > 1]
    for made in everything(values):
        kubernetes_validate.validate(made, "1.31", strict=True)


def test_what_is_there() -> None:
    """With everything switched on there is everything, and without it no more than is needed."""
    assert rendered(LEAST).keys() == {
        "ConfigMap",
        "Deployment",
        "Job",
        "PodDisruptionBudget",
        "Service",
    }
    more = {"HorizontalPodAutoscaler", "Ingress", "NetworkPolicy"}
    assert rendered(MOST).keys() == rendered(LEAST).keys() | more


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({}, "databaseUrl"),
        ({**LEAST, "baseUrl": "login.example.com/"}, "baseUrl"),
        ({**LEAST, "databaseUrl": "sqlite:///x.db"}, "databaseUrl"),
        ({**LEAST, "existingSecret": {"name": "", "secretKey": "k"}}, "existingSecret"),
    ],
)
def test_wrong_values_are_named(values: dict[str, Any], named: str) -> None:
    """Several nodes on SQLite, no address, no secret: refused before anything is installed."""
    with pytest.raises(HelmValuesError, match=named):
        rendered(values)


@pytest.mark.parametrize("kind", ["Deployment", "Job"])
def test_pods_are_given_as_little_as_can_be(kind: str) -> None:
    """No root, no capability, no writable root file system, no token of the cluster's."""
    pod = rendered(MOST)[kind]["spec"]["template"]["spec"]
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    for container in [*pod["containers"], *pod["initContainers"]]:
        context = container["securityContext"]
        assert context["readOnlyRootFilesystem"] is True
        assert context["allowPrivilegeEscalation"] is False
        assert context["capabilities"] == {"drop": ["ALL"]}
        assert container["resources"]["limits"]["memory"]


def test_a_settings_file_and_more_secrets() -> None:
    """What no variable holds comes as a file that both programs read; secrets by name."""
    found = rendered(MOST)
    file = next(made for made in everything(MOST) if made["metadata"]["name"].endswith("-file"))
    assert tomllib.loads(file["data"]["gatelodge.toml"])["providers"][0]["id"] == "corp"
    for kind, command in (("Deployment", "serve"), ("Job", "migrate")):
        pod = found[kind]["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        assert container["args"] == ["--config", "/etc/gatelodge/gatelodge.toml", command]
        assert {"secretRef": {"name": "mail"}} in container["envFrom"]
        mounted = next(v for v in pod["volumes"] if v["name"] == "config")
        assert mounted["configMap"]["name"] == file["metadata"]["name"]
    (plain,) = rendered(LEAST)["Deployment"]["spec"]["template"]["spec"]["containers"]
    assert plain["args"] == ["serve"]


def test_settings_exist() -> None:
    """What the chart writes into the environment are settings of the product."""
    found = rendered(MOST)
    names = set(found["ConfigMap"]["data"])
    for container in found["Deployment"]["spec"]["template"]["spec"]["containers"]:
        names |= {one["name"] for one in container["env"] if one["name"].startswith("GATELODGE")}
    assert not names - SETTINGS - ELSEWHERE
    assert "GATELODGE_SECRET_KEY" in names


def test_the_migration_comes_first() -> None:
    """It is a hook before the nodes, and its settings are there before it."""
    found = rendered(LEAST)
    job, config = (found[kind]["metadata"]["annotations"] for kind in ("Job", "ConfigMap"))
    assert "pre-upgrade" in job["helm.sh/hook"]
    assert int(config["helm.sh/hook-weight"]) < int(job["helm.sh/hook-weight"])
    (container,) = found["Job"]["spec"]["template"]["spec"]["containers"]
    assert container["args"] == ["migrate"]
