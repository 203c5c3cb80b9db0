using System.Globalization;
using Metricity.Testing;
using YamlDotNet.RepresentationModel;

namespace Metricity.Tests.Deploy;

/// <summary>deploy/kubernetes.</summary>
[Collection(Verbs.Collection)]
public sealed class KubernetesTests
{
    private static readonly List<YamlNode> Manifests =
    [
        .. YamlNodes.Load("deploy/kubernetes/kustomization.yaml").At("resources").Texts()
            .SelectMany(file => YamlNodes.LoadAll("deploy/kubernetes/" + file)),
    ];

    private static readonly YamlNode Deployment = Manifests.Single(manifest => manifest.Text("kind") == "Deployment");
    private static readonly YamlNode Settings = Manifests.Single(manifest => manifest.Text("kind") == "ConfigMap");
    private static readonly YamlNode Pod = Deployment.At("spec/template/spec")!;

    private static readonly YamlNode Command = YamlNodes.Load("deploy/kubernetes/command.yaml");

    private static readonly List<YamlNode> Containers = [.. Pod.At("initContainers").Items(), .. Pod.At("containers").Items()];

    [Fact]
    public void Kustomization_names_every_manifest_and_no_manifest_a_namespace()
    {
        var files = Repository.Files("deploy/kubernetes", "*.yaml").Select(Path.GetFileName)
            .Where(file => file is not ("kustomization.yaml" or "command.yaml"));

        Assert.Equal(files, YamlNodes.Load("deploy/kubernetes/kustomization.yaml").At("resources").Texts().Order(StringComparer.Ordinal));
        Assert.All(Manifests, manifest => Assert.Null(manifest.At("metadata/namespace")));
    }

    [Fact]
    public void Every_name_that_is_referred_to_is_there()
    {
        var volumes = Pod.At("volumes").Items().Select(volume => volume.Text("name")).ToHashSet();
        Assert.Equal(Deployment.At("spec/selector/matchLabels").Entries().Select(entry => $"{entry.Key}={entry.Value}"),
            Deployment.At("spec/template/metadata/labels").Entries().Select(entry => $"{entry.Key}={entry.Value}"));
        foreach (var container in Containers)
        {
            Assert.Equal(Settings.Text("metadata/name"), container.At("envFrom").Items().Single().Text("configMapRef/name"));
            Assert.Empty(container.At("volumeMounts").Items().Select(mount => mount.Text("name")).Except(volumes));
        }
    }

    [Fact]
    public void Every_setting_is_one_the_program_reads()
    {
        var keys = Settings.At("data").Entries().Select(entry => entry.Key)
            .Concat(Containers.SelectMany(container => container.At("env").Items().Select(variable => variable.Text("name"))));

        Assert.Empty(keys.Select(Known.AsKey).Select(Known.WrongKey).OfType<string>());
    }

    [Fact]
    public void Secret_files_are_where_the_settings_say()
    {
        var volume = Pod.At("volumes").Items().Single(volume => volume.At("secret") is not null);
        foreach (var container in Containers)
        {
            var mount = container.At("volumeMounts").Items().Single(mount => mount.Text("name") == volume.Text("name")).Text("mountPath");
            var files = volume.At("secret/items").Items().Select(item => $"{mount}/{item.Text("path")}").ToList();
            var named = container.At("env").Items().Select(variable => variable.Text("value"));

            Assert.Equal(files.Order(StringComparer.Ordinal), named.Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public void Command_runs_once_as_the_migrations_do()
    {
        var command = Command.At("spec/template/spec/containers").Items().Single();

        Assert.Equal("Job", Command.Text("kind"));
        Assert.Equal("0", Command.Text("spec/backoffLimit"));
        Assert.Equal("Never", Command.Text("spec/template/spec/restartPolicy"));
        Assert.All(
            ["image", "envFrom", "env", "volumeMounts", "securityContext", "resources"],
            part => Assert.Equal(Containers[0].At(part), command.At(part)));
        Assert.All(
            ["automountServiceAccountToken", "enableServiceLinks", "securityContext"],
            part => Assert.Equal(Pod.At(part), Command.At("spec/template/spec/" + part)));
        Assert.Equal(
            Pod.At("volumes").Items().Select(volume => volume.Text("name")),
            Command.At("spec/template/spec/volumes").Items().Select(volume => volume.Text("name")));
    }

    [Fact]
    public async Task Every_argument_is_a_command_the_program_has()
    {
        await Verbs.AssertKnownAsync(Command.At("spec/template/spec/containers").Items().Single().At("args").Texts());
        foreach (var container in Containers)
        {
            await Verbs.AssertKnownAsync(container.At("args").Texts());
        }
    }

    [Fact]
    public void Image_is_the_program_s_version()
    {
        var version = System.Xml.Linq.XDocument.Load(Repository.PathOf("Directory.Build.props")).Descendants("Version").Single().Value;

        Assert.All(Containers, container => Assert.EndsWith(":" + version, container.Text("image"), StringComparison.Ordinal));
    }

    [Fact]
    public void Probes_and_scrape_annotations_point_at_the_port_it_listens_on()
    {
        var collector = Pod.At("containers").Items().Single();
        var port = collector.At("ports").Items().Single();
        var annotations = Deployment.At("spec/template/metadata/annotations").Entries()
            .ToDictionary(entry => entry.Key, entry => entry.Value.ToString());

        Assert.Equal(Defaults.Port, new Uri(Settings.Text("data/Http__Url")).Port);
        Assert.Equal("0.0.0.0", new Uri(Settings.Text("data/Http__Url")).Host);
        Assert.Equal(Defaults.Port, int.Parse(port.Text("containerPort"), CultureInfo.InvariantCulture));
        Assert.Equal("true", annotations["prometheus.io/scrape"]);
        Assert.Equal(port.Text("containerPort"), annotations["prometheus.io/port"]);
        Assert.Equal("/metrics", annotations["prometheus.io/path"]);
        Assert.Equal("/health/live", collector.Text("startupProbe/httpGet/path"));
        Assert.Equal("/health/live", collector.Text("livenessProbe/httpGet/path"));
        Assert.Equal("/health/ready", collector.Text("readinessProbe/httpGet/path"));
        Assert.All(
            ["startupProbe", "livenessProbe", "readinessProbe"],
            probe => Assert.Equal(port.Text("name"), collector.Text(probe + "/httpGet/port")));
    }

    [Fact]
    public void Pod_is_locked_down_and_has_time_to_drain()
    {
        Assert.Equal("Recreate", Deployment.Text("spec/strategy/type"));
        var grace = int.Parse(Pod.Text("terminationGracePeriodSeconds"), CultureInfo.InvariantCulture);
        Assert.True(grace > Defaults.DrainTimeout.TotalSeconds);
        Assert.Equal("true", Pod.Text("securityContext/runAsNonRoot"));
        Assert.All(Containers, container =>
        {
            Assert.Equal("true", container.Text("securityContext/readOnlyRootFilesystem"));
            Assert.Equal("false", container.Text("securityContext/allowPrivilegeEscalation"));
            Assert.Equal(["ALL"], container.At("securityContext/capabilities/drop").Texts());
            Assert.NotNull(container.At("resources/limits/memory"));
        });
    }
}
