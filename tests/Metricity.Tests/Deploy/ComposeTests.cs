using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using System.Text.RegularExpressions;
using Metricity.Hosting;
using Metricity.Testing;
using Microsoft.Extensions.Configuration;
using YamlDotNet.RepresentationModel;

namespace Metricity.Tests.Deploy;

/// <summary>docker-compose.yml, .env.example and what they name.</summary>
[Collection(Verbs.Collection)]
[UnsupportedOSPlatform("windows")]
public sealed partial class ComposeTests
{
    private const string Simulator = "metricity-simulator";

    /// <summary>Read by Compose itself.</summary>
    private const string ProjectName = "COMPOSE_PROJECT_NAME";

    private static readonly YamlNode Compose = YamlNodes.Load("docker-compose.yml");

    private static readonly Dictionary<string, YamlNode> Services =
        Compose.At("services").Entries().ToDictionary(entry => entry.Key, entry => entry.Value);

    /// <summary>Those of our own image.</summary>
    private static readonly List<string> Ours =
        [.. Services.Where(service => service.Value.Text("image") == "metricity").Select(service => service.Key)];

    /// <summary>Of these those on a real guild.</summary>
    private static readonly List<string> Real = [.. Ours.Where(name => !name.StartsWith("demo-", StringComparison.Ordinal))];

    [Fact]
    public void Without_a_profile_only_database_migrations_and_collector_start()
    {
        var plain = Services.Where(service => service.Value.At("profiles") is null).Select(service => service.Key);

        Assert.Equal(["collector", "migrate", "postgres"], plain.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_file_that_is_mounted_exists()
    {
        var mounted = Services.Values
            .SelectMany(service => service.At("volumes").Texts())
            .Select(volume => volume.Split(':')[0])
            .Where(source => source.StartsWith("./", StringComparison.Ordinal))
            .ToList();

        Assert.NotEmpty(mounted);
        Assert.DoesNotContain(mounted, source => !Repository.Has(source));
    }

    [Fact]
    public void Every_volume_secret_and_dependency_is_declared()
    {
        var volumes = Compose.At("volumes").Entries().Select(entry => entry.Key).ToHashSet();
        var secrets = Compose.At("secrets").Entries().Select(entry => entry.Key).ToHashSet();
        foreach (var (name, service) in Services)
        {
            var named = service.At("volumes").Texts().Select(volume => volume.Split(':')[0]);
            Assert.DoesNotContain(named, volume => !volume.StartsWith('.') && !volumes.Contains(volume));
            Assert.Empty(Secrets(service).Select(secret => secret.Source).Except(secrets));
            Assert.Empty(service.At("depends_on").Entries().Select(entry => entry.Key).Except(Services.Keys));
            Assert.Empty(SecretPath().Matches(Everything(service)).Select(match => match.Groups[1].Value)
                .Except(Secrets(service).Select(secret => secret.Target)).Select(secret => $"{name} has no secret {secret}"));
        }
    }

    [Fact]
    public void Every_image_has_a_version()
    {
        var images = Services.Values.Select(service => service.Text("image")).Where(image => image is not ("metricity" or Simulator));

        Assert.All(images, image => Assert.Matches(Pinned(), image));
    }

    [Fact]
    public void One_service_builds_each_tag_and_the_others_of_it_never_pull()
    {
        foreach (var tag in new[] { "metricity", Simulator })
        {
            var users = Services.Where(service => service.Value.Text("image") == tag).ToList();
            var builder = Assert.Single(users, service => service.Value.At("build") is not null).Key;

            Assert.All(users.Where(user => user.Key != builder), user => Assert.Equal("never", user.Value.Text("pull_policy")));
        }
    }

    [Fact]
    public void Real_stack_and_demo_have_names_of_their_own()
    {
        Assert.Equal("metricity", Variables(withOptional: false)[ProjectName]);
        Assert.Equal("metricity-demo", Compose.Text("name"));
    }

    [Fact]
    public void Command_of_the_program_starts_the_database_and_nothing_else()
    {
        Assert.Equal(["postgres"], Services["metricity"].At("depends_on").Entries().Select(dependency => dependency.Key));
        Assert.Null(Services["metricity"].At("command"));
    }

    [Fact]
    public void Every_container_has_bounds_of_memory_and_log()
    {
        Assert.All(Services, service =>
        {
            Assert.NotNull(service.Value.At("mem_limit"));
            Assert.Equal("local", service.Value.Text("logging/driver"));
            Assert.NotNull(service.Value.At("logging/options/max-size"));
        });
    }

    [Fact]
    public void Without_a_guild_nothing_starts_but_the_demo_which_needs_no_settings_and_no_secret()
    {
        Assert.DoesNotContain(":?", Repository.Read("docker-compose.yml"), StringComparison.Ordinal);
        foreach (var (name, service) in Services)
        {
            var needed = Secrets(service).Select(secret => Compose.Text($"secrets/{secret.Source}/file"))
                .Where(file => file.StartsWith("./secrets/", StringComparison.Ordinal));
            if (service.At("profiles").Texts().Contains("demo"))
            {
                Assert.Empty(needed);
                Assert.DoesNotContain("${", Everything(service), StringComparison.Ordinal);
            }
            else if (service.At("profiles") is null)
            {
                Assert.Equal("0${GUILD_ID:+1}", service.Text("scale"));
            }
            else
            {
                Assert.DoesNotContain("demo-", Everything(service), StringComparison.Ordinal);
            }

            Assert.Equal(name.StartsWith("demo-", StringComparison.Ordinal), service.At("profiles").Texts().Contains("demo"));
        }
    }

    [Fact]
    public async Task Script_makes_exactly_the_secrets_that_compose_wants()
    {
        var folder = await MakeSecretsAsync();
        try
        {
            var wanted = Compose.At("secrets").Entries().Select(entry => entry.Value.Text("file"))
                .Where(file => file.StartsWith("./secrets/", StringComparison.Ordinal)).Select(file => Path.GetFileName(file));
            var made = Directory.GetFiles(Path.Combine(folder, "secrets")).Select(Path.GetFileName);

            Assert.Equal(wanted.Order(StringComparer.Ordinal), made.Order(StringComparer.Ordinal));
            Assert.Equal("the.token", await File.ReadAllTextAsync(Path.Combine(folder, "secrets", "bot_token")));
            Assert.Equal(
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
                File.GetUnixFileMode(Path.Combine(folder, "secrets")));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Environment_of_our_services_is_a_valid_set_of_settings(bool withOptional)
    {
        var folder = await MakeSecretsAsync();
        try
        {
            var variables = Variables(withOptional);
            foreach (var service in Real)
            {
                var settings = Services[service].At("environment").Entries()
                    .Select(entry => KeyValuePair.Create(
                        Known.AsKey(entry.Key),
                        (string?)Substituted(entry.Value.ToString(), variables).Replace("/run", folder, StringComparison.Ordinal)))
                    .ToList();

                Assert.Empty(settings.Select(setting => Known.WrongKey(setting.Key)).OfType<string>());
                var read = new SettingsReader(new ConfigurationBuilder().AddInMemoryCollection(settings).Build()).Read(SettingsNeeds.All);
                Assert.Equal("the.token", read.Token!.Reveal());
                Assert.Contains("Host=postgres", read.ConnectionString!.Reveal(), StringComparison.Ordinal);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Environment_of_the_demo_is_a_valid_set_of_settings()
    {
        foreach (var service in Ours.Except(Real))
        {
            var settings = Services[service].At("environment").Entries()
                .Select(entry => KeyValuePair.Create(Known.AsKey(entry.Key), (string?)entry.Value.ToString()));

            var read = new SettingsReader(new ConfigurationBuilder().AddInMemoryCollection(settings).Build()).Read(SettingsNeeds.All);

            Assert.Contains($"Password={Repository.Read("deploy/demo/password")}", read.ConnectionString!.Reveal(), StringComparison.Ordinal);
            Assert.Contains(read.Guilds.Single().Id.ToString(), Services["demo-discord"].At("command").Texts());
        }
    }

    [Fact]
    public void Every_variable_of_compose_is_in_the_example_and_the_other_way_round()
    {
        var used = Variable().Matches(Repository.Read("docker-compose.yml")).Select(match => match.Groups[1].Value).ToHashSet();

        Assert.Equal([ProjectName, .. used.Order(StringComparer.Ordinal)], Variables(withOptional: true).Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Unknown_command_is_seen()
    {
        await Assert.ThrowsAnyAsync<Xunit.Sdk.XunitException>(() => Verbs.AssertKnownAsync(["collect"]));
    }

    [Fact]
    public async Task Every_command_of_our_image_is_one_the_program_has()
    {
        var commands = Ours.Except(["metricity"]).Select(service => Services[service].At("command").Texts())
            .Append(Services["collector"].At("healthcheck/test").Texts().Skip(2));
        foreach (var command in commands)
        {
            await Verbs.AssertKnownAsync(command);
        }
    }

    [Fact]
    public void Collector_has_more_time_to_stop_than_it_takes()
    {
        foreach (var grace in new[] { "collector", "demo-collector" }.Select(name => Services[name].Text("stop_grace_period")))
        {
            Assert.EndsWith("s", grace, StringComparison.Ordinal);
            Assert.True(int.Parse(grace[..^1], CultureInfo.InvariantCulture) > Defaults.DrainTimeout.TotalSeconds);
        }
    }

    [Fact]
    public void Collector_is_locked_down()
    {
        foreach (var service in Ours.Select(name => Services[name]))
        {
            Assert.Equal("true", service.Text("read_only"));
            Assert.Equal(["ALL"], service.At("cap_drop").Texts());
            Assert.Equal(["no-new-privileges:true"], service.At("security_opt").Texts());
            Assert.Null(service.At("ports"));
        }
    }

    [Fact]
    public void Ports_are_published_on_this_machine_alone()
    {
        var published = Services.Values.SelectMany(service => service.At("ports").Texts()).ToList();

        Assert.NotEmpty(published);
        Assert.All(published, port => Assert.StartsWith("127.0.0.1:", port, StringComparison.Ordinal));
        Assert.Equal(published.Count, published.Select(port => port.Split(':')[1]).Distinct().Count());
    }

    /// <summary>The variables of .env.example, filled in.</summary>
    private static Dictionary<string, string> Variables(bool withOptional) => Repository.Read(".env.example").Split('\n')
        .Select(line => withOptional ? CommentedOut().Replace(line, "$1=") : line)
        .Where(line => line.Contains('=', StringComparison.Ordinal) && !line.StartsWith('#'))
        .Select(line => line.Split('=', 2))
        .ToDictionary(pair => pair[0], pair => (pair[0], pair[1]) switch
        {
            (_, { Length: > 0 } value) => value,
            ("SENTRY_DSN", _) => "https://key@sentry.example/1",
            _ => "267624335836053506",
        });

    private static string Substituted(string text, Dictionary<string, string> variables) =>
        Variable().Replace(text, match => variables.GetValueOrDefault(match.Groups[1].Value, match.Groups[2].Value));

    /// <summary>In their short form, or with another name in the container.</summary>
    private static IEnumerable<(string Source, string Target)> Secrets(YamlNode service) => service.At("secrets").Items()
        .Select(secret => secret is YamlScalarNode ? ($"{secret}", $"{secret}") : (secret.Text("source"), secret.Text("target")));

    private static string Everything(YamlNode node) => node switch
    {
        YamlMappingNode mapping => string.Join('\n', mapping.Children.Select(child => Everything(child.Value))),
        YamlSequenceNode sequence => string.Join('\n', sequence.Children.Select(Everything)),
        _ => node.ToString(),
    };

    /// <summary>A new folder with the script's secrets in <c>secrets</c>, as /run has them in a container.</summary>
    private static async Task<string> MakeSecretsAsync()
    {
        var folder = Directory.CreateTempSubdirectory("metricity-secrets").FullName;
        Directory.CreateDirectory(Path.Combine(folder, "scripts"));
        File.Copy(Repository.PathOf("scripts/secrets.sh"), Path.Combine(folder, "scripts", "secrets.sh"));
        var start = new ProcessStartInfo("bash", [Path.Combine(folder, "scripts", "secrets.sh")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        using var script = Process.Start(start)!;
        await script.StandardInput.WriteLineAsync("the.token");
        script.StandardInput.Close();
        await script.StandardOutput.ReadToEndAsync();
        await script.WaitForExitAsync();
        Assert.Equal(0, script.ExitCode);

        return folder;
    }

    [GeneratedRegex(@"\$\{([A-Z_]+)(?::[-+]([^}]*))?\}")]
    private static partial Regex Variable();

    [GeneratedRegex("^#([A-Z_]+)=")]
    private static partial Regex CommentedOut();

    [GeneratedRegex(@"/run/secrets/([a-z_]+)")]
    private static partial Regex SecretPath();

    [GeneratedRegex(@":v?\d+\.\d+[.\d-]*$")]
    private static partial Regex Pinned();
}
