"""The containers' files name what there is: options of the code, ports of the images, and what a restricted namespace asks for."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
INFRA = ROOT / "infra"
FILES = sorted([*INFRA.rglob("*.yaml"), *INFRA.rglob("*.yml")])
MANIFESTS = [(path.name, document) for path in FILES if path.parent.name == "kubernetes" for document in yaml.safe_load_all(path.read_text(encoding="utf-8"))]
PODS = [(f"{document['metadata']['name']}", document) for _, document in MANIFESTS if document["kind"] in ("Deployment", "CronJob")]


def pod(document: dict[str, Any]) -> dict[str, Any]:
    spec = document["spec"]
    return (spec["jobTemplate"]["spec"] if document["kind"] == "CronJob" else spec)["template"]["spec"]


def containers(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [*pod(document).get("initContainers", []), *pod(document)["containers"]]


def dockerfile(image: str) -> str:
    return (INFRA / "docker" / f"{image.removeprefix('personalization-').split(':')[0]}.Dockerfile").read_text(encoding="utf-8")


def exposed(image: str) -> set[int]:
    return {int(port) for line in re.findall(r"^EXPOSE (.+)$", dockerfile(image), re.MULTILINE) for port in line.split()}


def options() -> dict[str, set[str]]:
    """Properties by configuration section, as the options classes declare them."""
    found: dict[str, set[str]] = {}
    for path in [file for folder in ("src", "client", "silo") for file in (ROOT / folder).rglob("*.cs") if "obj" not in file.parts]:
        text = path.read_text(encoding="utf-8")
        for section in re.findall(r'const string Section(?:Name)? = "Personalization:(\w+)"', text):
            found.setdefault(section, set()).update(re.findall(r"public [\w?<>, \[\]]+ (\w+) \{ get; (?:set; )?\}", text))
    return found


def test_there_are_files() -> None:
    assert {"compose.yaml", "settings.yaml", "silo.yaml", "inference-gpu.yaml", "gateway.yaml", "retrain-cronjob.yaml"} <= {path.name for path in FILES}


@pytest.mark.parametrize("path", [path for path in INFRA.rglob("*") if path.suffix in (".yaml", ".yml", ".Dockerfile")], ids=lambda path: path.name)
def test_a_file_can_be_read_and_its_settings_are_options(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if path in FILES:
        assert all(isinstance(document, dict) for document in yaml.safe_load_all(text))
    for section, name in re.findall(r"Personalization__(\w+?)__(\w+?)(?:__|\b)", text):
        assert name in options().get(section, set()), f"Personalization__{section}__{name}"


@pytest.mark.parametrize(("name", "document"), PODS, ids=[name for name, _ in PODS])
def test_a_pod_passes_the_restricted_standard_and_bounds_what_it_takes(name: str, document: dict[str, Any]) -> None:
    context = pod(document)["securityContext"]
    assert context["runAsNonRoot"] and context["runAsUser"] and context["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod(document)["automountServiceAccountToken"] is False
    assert all(set(volume) & {"persistentVolumeClaim", "emptyDir", "secret", "configMap"} for volume in pod(document)["volumes"])
    volumes = {volume["name"] for volume in pod(document)["volumes"]}
    for container in containers(document):
        own = container["securityContext"]
        assert own["allowPrivilegeEscalation"] is False and own["capabilities"] == {"drop": ["ALL"]} and own["readOnlyRootFilesystem"], container["name"]
        assert {"cpu", "memory"} <= set(container["resources"]["requests"]) and "memory" in container["resources"]["limits"], container["name"]
        assert {mount["name"] for mount in container["volumeMounts"]} <= volumes, container["name"]
        assert dockerfile(container["image"])


@pytest.mark.parametrize(("name", "document"), [each for each in PODS if each[1]["kind"] == "Deployment"], ids=lambda value: value if isinstance(value, str) else "")
def test_a_server_opens_its_images_ports_and_is_probed_and_leaves_in_time(name: str, document: dict[str, Any]) -> None:
    (container,) = pod(document)["containers"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert set(ports.values()) == exposed(container["image"])
    assert ports["http"] == int(re.search(r"ASPNETCORE_HTTP_PORTS=(\d+)", dockerfile(container["image"]))[1])
    health = (ROOT / "src/Personalization.Hosting/SiloHostExtensions.cs").read_text(encoding="utf-8")
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        get = container[probe]["httpGet"]
        assert get["port"] in ports and f'"{get["path"]}"' in health and container[probe]["timeoutSeconds"] == 3, probe
    deadline = document["spec"].get("progressDeadlineSeconds", 600)
    assert container["startupProbe"]["periodSeconds"] * container["startupProbe"]["failureThreshold"] + document["spec"].get("minReadySeconds", 0) < deadline
    shutdown = int(re.search(r"ShutdownTimeout = TimeSpan.FromSeconds\((\d+)\)", health)[1])
    assert pod(document)["terminationGracePeriodSeconds"] >= shutdown + 30
    assert document["spec"]["selector"]["matchLabels"] == document["spec"]["template"]["metadata"]["labels"]
    assert pod(document)["topologySpreadConstraints"]


@pytest.mark.parametrize("kind", ["PodDisruptionBudget", "NetworkPolicy", "Service"])
def test_what_selects_pods_selects_some_and_their_ports(kind: str) -> None:
    pods = {frozenset(document["spec"]["selector"]["matchLabels"].items()): document for _, document in PODS if document["kind"] == "Deployment"}
    selecting = [document for _, document in MANIFESTS if document["kind"] == kind]
    assert selecting
    for document in selecting:
        spec = document["spec"]
        labels = spec["selector"] if kind == "Service" else (spec.get("selector") or spec["podSelector"])["matchLabels"]
        (container,) = pod(pods[frozenset(labels.items())])["containers"]
        opened = {port["containerPort"] for port in container["ports"]}
        assert kind != "PodDisruptionBudget" or spec["maxUnavailable"] == 1
        assert kind != "Service" or {port["port"] for port in spec["ports"]} == opened
        assert kind != "NetworkPolicy" or {port["port"] for rule in spec["ingress"] for port in rule["ports"]} == opened


def component(document: dict[str, Any]) -> str:
    return document["metadata"]["labels"]["app.kubernetes.io/component"]


@pytest.mark.parametrize(("caller", "callee", "port"), [
    ("silo", "silo", 11111), ("silo", "inference-gpu", 11111), ("inference-gpu", "silo", 11111), ("inference-gpu", "inference-gpu", 11111),
    ("gateway", "silo", 30000), ("retrain", "gateway", 8080)])
def test_who_has_to_talk_is_let_in(caller: str, callee: str, port: int) -> None:
    (policy,) = [document for _, document in MANIFESTS if document["kind"] == "NetworkPolicy" and component(document) == callee]
    callers = [source["podSelector"]["matchLabels"].get("app.kubernetes.io/component") for rule in policy["spec"]["ingress"]
               if port in {each["port"] for each in rule["ports"]} for source in rule["from"] if "podSelector" in source]
    assert caller in callers


@pytest.mark.parametrize("callee", ["silo", "inference-gpu", "gateway"])
def test_not_everybody_is_let_in(callee: str) -> None:
    (policy,) = [document for _, document in MANIFESTS if document["kind"] == "NetworkPolicy" and component(document) == callee]
    for rule in policy["spec"]["ingress"]:
        assert all(any(selector.get("matchLabels") for selector in source.values()) for source in rule["from"])


def test_images_have_a_version_that_the_command_beside_them_puts_in(tmp_path: Path) -> None:
    assert {container["image"].split(":")[1] for _, document in PODS for container in containers(document)} == {"VERSION"}
    (command,) = re.findall(r"^#   (sed .+)$", (INFRA / "kubernetes/settings.yaml").read_text(encoding="utf-8"), re.MULTILINE)
    shutil.copytree(INFRA / "kubernetes", tmp_path / "infra/kubernetes")
    subprocess.run(["sh", "-c", command], cwd=tmp_path, check=True)
    images = re.findall(r"image: (\S+)", "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "infra/kubernetes").glob("*.yaml") if path.name != "settings.yaml"))
    assert len(images) == sum(len(containers(document)) for _, document in PODS) and all(re.fullmatch(r"registry\.example/personalization-[a-z-]+:1\.0\.0", image) for image in images), images


def test_claims_settings_and_secrets_are_there() -> None:
    names = {(document["kind"], document["metadata"]["name"]) for _, document in MANIFESTS}
    texts = "".join(path.read_text(encoding="utf-8") for path in (INFRA / "kubernetes").glob("*.yaml"))
    secrets = set(re.findall(r"create secret generic (\S+) (?:\\\n#\s+)?--from-(?:literal|file)=([\w.-]+)", texts))
    for _, document in PODS:
        for volume in pod(document)["volumes"]:
            if claim := volume.get("persistentVolumeClaim"):
                assert ("PersistentVolumeClaim", claim["claimName"]) in names
            if secret := volume.get("secret"):
                (mount,) = {mount["mountPath"] for container in containers(document) for mount in container["volumeMounts"] if mount["name"] == volume["name"]}
                (file,) = {argument.split("=")[1] for container in containers(document) for argument in container["args"] if f"={mount}/" in argument}
                assert (secret["secretName"], file.removeprefix(f"{mount}/")) in secrets
        for container in containers(document):
            assert all(("ConfigMap", source["configMapRef"]["name"]) in names for source in container.get("envFrom", []))
            for entry in container.get("env", []):
                if secret := entry.get("valueFrom", {}).get("secretKeyRef"):
                    assert (secret["name"], secret["key"]) in secrets


def waited_for(services: dict[str, Any], service: dict[str, Any]) -> set[str]:
    """Services that are well before this one starts."""
    direct = {name for name, how in service.get("depends_on", {}).items() if how["condition"] == "service_healthy" and services[name]["healthcheck"]}
    return direct.union(*(waited_for(services, services[name]) for name in direct))


def test_the_replay_of_compose_fills_the_catalogue() -> None:
    services = yaml.safe_load((INFRA / "docker/compose.yaml").read_text(encoding="utf-8"))["services"]
    assert "--url http://gateway:" in " ".join(services["replay"]["command"])


def test_the_containers_of_compose_have_health_checks_and_time_to_leave() -> None:
    services = yaml.safe_load((INFRA / "docker/compose.yaml").read_text(encoding="utf-8"))["services"]
    for name in ("silo-1", "silo-2"):
        assert services[name]["healthcheck"] and services[name]["stop_grace_period"] == "90s"
    (volume,) = services["kafka"]["volumes"]
    assert services["kafka"]["environment"]["KAFKA_LOG_DIRS"] == volume.split(":")[1]
    for service in services.values():
        if "build" in service:
            assert (INFRA / "docker" / service["build"]["context"] / service["build"]["dockerfile"]).is_file()
    for service in services.values():
        for url in re.findall(r"--(?:url|bootstrap-servers) (?:http://)?([\w-]+):(\d+)", " ".join(service.get("command", []))):
            assert url[0] != "gateway" or int(url[1]) in exposed("personalization-gateway")
            assert url[0] in waited_for(services, service), url
    (port,) = services["gateway"]["ports"]
    assert {int(port.split(":")[1])} == exposed("personalization-gateway")


def test_every_alert_says_what_is_wrong_and_what_to_do() -> None:
    (group,) = yaml.safe_load((INFRA / "prometheus/alerts.yaml").read_text(encoding="utf-8"))["groups"]
    assert len({rule["alert"] for rule in group["rules"]}) == len(group["rules"]) == 10
    for rule in group["rules"]:
        assert rule["expr"].count("(") == rule["expr"].count(")") and re.fullmatch(r"\d+m", rule["for"])
        assert rule["labels"]["severity"] in ("page", "ticket") and set(rule["annotations"]) == {"summary", "action"}


def test_what_an_alert_tells_apart_is_a_label_that_its_expression_keeps() -> None:
    (group,) = yaml.safe_load((INFRA / "prometheus/alerts.yaml").read_text(encoding="utf-8"))["groups"]
    told = [(rule, label) for rule in group["rules"] for text in rule["annotations"].values() for label in re.findall(r"\$labels\.(\w+)|With (\w+) ", text)]
    assert {label for _, names in told for label in names if label} == {"code", "target"}
    for rule, names in told:
        for label in filter(None, names):
            assert re.search(rf"\bby \([^)]*\b{label}\b", rule["expr"]), rule["alert"]


def test_a_single_event_that_is_stuck_sets_the_alert_off() -> None:
    (group,) = yaml.safe_load((INFRA / "prometheus/alerts.yaml").read_text(encoding="utf-8"))["groups"]
    (threshold,) = [float(rule["expr"].split(">")[1]) for rule in group["rules"] if rule["alert"] == "PersonalizationWriteRetries"]
    configuration = ROOT / "src/Personalization.Ingestion/Configuration"
    longest = re.search(r"MaxRetryDelay \{ get; set; \} = TimeSpan.FromSeconds\((\d+)\)", (configuration / "IngestionOptions.cs").read_text(encoding="utf-8"))
    produced = re.search(r"MessageTimeoutMs = ([\d_]+)", (configuration / "KafkaClients.cs").read_text(encoding="utf-8"))
    assert threshold < 1 / (int(longest[1]) + int(produced[1]) / 1000)


def test_an_alert_watches_what_operators_read_troubles_from() -> None:
    rules = (INFRA / "prometheus/alerts.yaml").read_text(encoding="utf-8")
    troubles = (INFRA / "OPERATIONS.md").read_text(encoding="utf-8").split("## When something is wrong")[1]
    named = set(re.findall(r"`(personalization_\w+)`", troubles))
    assert named and {metric for metric in named if metric not in rules} == set()


def test_whoever_verifies_what_was_just_sent_waits_until_it_is_applied() -> None:
    commands = re.findall(r"(?:Cli\.dll|personalization) verify .+", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert len(commands) >= 3 and [command for command in commands if "--wait" not in command] == []


def test_every_panel_asks_something_and_says_what_it_means() -> None:
    dashboard = json.loads((INFRA / "grafana/personalization.json").read_text(encoding="utf-8"))
    panels = [panel for panel in dashboard["panels"] if panel["type"] != "row"]
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"]) and len({panel["title"] for panel in panels}) == len(panels)
    for panel in panels:
        assert panel["description"] and panel["targets"], panel["title"]
        for target in panel["targets"]:
            for label in re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]):
                assert not re.match(r"(sum|max|min|avg)\b", target["expr"]) or re.search(rf"\bby \([^)]*\b{label}\b", target["expr"]), panel["title"]
            assert target["expr"].count("(") == target["expr"].count(")") and target["datasource"]["uid"] == "${datasource}", panel["title"]


def test_what_dashboard_and_alerts_tell_our_metrics_apart_by_is_a_tag_and_a_value_of_theirs() -> None:
    names = (ROOT / "src/Personalization.Abstractions/Telemetry/TelemetryNames.cs").read_text(encoding="utf-8")
    tags = {name.replace(".", "_"): set(re.findall(r"<c>(\w+)</c>", comment)) for comment, name in re.findall(r"((?:    ///.*\n)+)    public const string \w+ = \"(.+)\";", names)}
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.cs") if "obj" not in path.parts)
    (group,) = yaml.safe_load((INFRA / "prometheus/alerts.yaml").read_text(encoding="utf-8"))["groups"]
    dashboard = json.loads((INFRA / "grafana/personalization.json").read_text(encoding="utf-8"))
    expressions = [rule["expr"] for rule in group["rules"]] + [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]
    asked = 0
    for expression in expressions:
        selected = re.findall(r"\b(personalization_\w+)(?:\{([^}]*)\})?", expression)
        known = [max((name for name in tags if metric.startswith(name)), key=len) for metric, _ in selected]
        kept = {label.strip() for labels in re.findall(r"\bby \(([^)]*)\)", expression) for label in labels.split(",")} - {"le"}
        for name, (_, selector) in zip(known, selected):
            chosen = dict(re.findall(r"(\w+)[=!~]+\"([^\"]*)\"", selector))
            assert (kept | set(chosen)) <= tags[name], expression
            assert [value for values in chosen.values() for value in values.split("|") if f'"{value}"' not in source] == [], expression
            asked += len(kept) + len(chosen)
    assert asked > 20


def test_operators_read_about_every_option_and_about_nothing_else() -> None:
    table = (INFRA / "OPERATIONS.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.strip("| ").split("|")] for line in table.splitlines() if re.match(r"\| `\w+__", line)]
    told: list[str] = []
    for row in rows:
        assert len(row) == 3 and all(row), f"{row[0]} has a meaning and a default"
        section = ""
        for named, name in re.findall(r"`([A-Z][A-Za-z]*)?__([A-Za-z]+)", row[0]):
            section = named or section
            told.append(f"{section}__{name}")
    known = {f"{section}__{name}" for section, names in options().items() for name in names}
    assert known - set(told) == set(), "options that the table misses"
    assert set(told) - known == set() and len(told) == len(known), "settings that are no options, or are told twice"


def test_the_classes_that_the_design_names_are_there() -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.cs") if "obj" not in path.parts)
    named = set(re.findall(r"`([A-Z][a-zA-Z]+)`", (INFRA / "DESIGN.md").read_text(encoding="utf-8")))
    assert len(named) > 20
    assert {name for name in named if not re.search(rf"\b{name}\b", source)} == set()


def test_links_between_the_pages_lead_somewhere() -> None:
    for page in [ROOT / "README.md", ROOT / "models/README.md", *INFRA.glob("*.md")]:
        for target in re.findall(r"\]\((?!https?:)([^)#\s]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


@pytest.mark.parametrize(("trained", "job"), [(0, 0), (3, 0), (1, 1), (137, 137)])
def test_a_training_that_is_not_better_does_not_fail_the_job(trained: int, job: int, tmp_path: Path) -> None:
    python = tmp_path / "python3"
    python.write_text(f'#!/bin/sh\necho "$*" > {tmp_path}/asked\nexit {trained}\n', encoding="utf-8")
    python.chmod(0o755)
    train = pod(dict(PODS)["personalization-retrain"])["containers"][0]
    done = subprocess.run([*train["command"], *train["args"]], env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}, check=False)
    assert done.returncode == job
    assert (tmp_path / "asked").read_text(encoding="utf-8").split() == ["-m", "personalization_models", "retrain", *train["args"]]


def test_the_training_asks_a_gateway_that_is_there_what_serves() -> None:
    services = {f"--gateway=http://{document['metadata']['name']}:{port['port']}" for _, document in MANIFESTS if document["kind"] == "Service"
                for port in document["spec"]["ports"] if document["spec"]["selector"]["app.kubernetes.io/component"] == "gateway"}
    assert services & set(pod(dict(PODS)["personalization-retrain"])["containers"][0]["args"])


@pytest.mark.parametrize("name", ["Typo", "Hosting Ingestion", "Host"])
def test_a_test_project_that_is_not_there_is_an_error_that_names_those_that_are(name: str) -> None:
    done = subprocess.run([str(ROOT / "tests/run"), "--no-setup", "--only", name], capture_output=True, text=True, check=False)
    assert done.returncode == 64 and f"'{name}'" in done.stderr
    assert {path.name.split(".")[1] for path in (ROOT / "tests").glob("*.Tests")} | {"models"} <= set(re.findall(r"\w+", done.stderr))


def test_the_shipped_package_comes_into_an_empty_volume_once_and_whole(tmp_path: Path) -> None:
    shipped, volume = tmp_path / "models", tmp_path / "packages"
    (shipped / "online-retail" / "1").mkdir(parents=True)
    (shipped / "online-retail" / "1" / "model.json").write_text("{}", encoding="utf-8")
    volume.mkdir()
    (start,) = pod(dict(PODS)["personalization-silo"])["initContainers"]
    command = [part.replace("/models/", f"{shipped}/").replace("/packages/", f"{volume}/").replace(" /packages", f" {volume}") for part in start["command"]]
    for text in ("{}", "kept"):
        subprocess.run(command, env={**os.environ, "HOSTNAME": "pod"}, check=True)
        assert sorted(path.name for path in volume.iterdir()) == ["online-retail"]
        assert (volume / "online-retail" / "1" / "model.json").read_text(encoding="utf-8") == text
        (volume / "online-retail" / "1" / "model.json").write_text("kept", encoding="utf-8")
