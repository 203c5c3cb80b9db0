using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using System.Text.RegularExpressions;
using Metricity.Testing;

namespace Metricity.Tests.Deploy;

/// <summary>Dockerfile, systemd unit and workflows. scripts/verify-image.sh carries out the Dockerfile's steps.</summary>
[Collection(Verbs.Collection)]
[UnsupportedOSPlatform("windows")]
public sealed partial class ImageTests
{
    private static readonly string Dockerfile = Repository.Read("Dockerfile").Replace("\\\n", " ", StringComparison.Ordinal);

    public static TheoryData<string> Workflows =>
        [.. Repository.Files(".github/workflows", "*.yml").Select(file => Path.GetRelativePath(Repository.Root, file))];

    [Fact]
    public void Dockerfile_copies_files_that_exist_and_are_not_ignored()
    {
        var kept = Repository.Read(".dockerignore").Split('\n').Where(line => line.StartsWith('!')).Select(line => line[1..]).ToHashSet();
        var copied = Copy().Matches(Dockerfile).SelectMany(match => match.Groups[1].Value.Trim().Split(' ').SkipLast(1)).ToList();

        Assert.NotEmpty(copied);
        Assert.All(copied, file => Assert.True(Repository.Has(file), file));
        Assert.Empty(copied.Select(file => file.Split('/')[0]).Except(kept));
        Assert.Empty(kept.Except(copied.Select(file => file.Split('/')[0])));
    }

    [Fact]
    public async Task Dockerfile_names_the_port_the_user_and_commands_the_program_has()
    {
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"\nEXPOSE {Defaults.Port}\n"), Dockerfile, StringComparison.Ordinal);
        Assert.Contains("\nUSER $APP_UID\n", Dockerfile, StringComparison.Ordinal);
        Assert.Contains("\nENTRYPOINT [\"/app/metricity\"]\n", Dockerfile, StringComparison.Ordinal);
        var commands = ExecForm().Matches(Dockerfile)
            .Select(match => match.Groups[1].Value.Split(", ").Select(word => word.Trim('"')).Except(["/app/metricity"]).ToList())
            .Where(words => words.Count > 0)
            .ToList();

        Assert.Equal(2, commands.Count);
        foreach (var command in commands)
        {
            await Verbs.AssertKnownAsync(command);
        }
    }

    [Fact]
    public async Task Unit_gives_time_to_drain_and_names_settings_and_commands_that_there_are()
    {
        var unit = Repository.Read("deploy/systemd/metricity.service").Split('\n')
            .Where(line => line.Contains('=', StringComparison.Ordinal) && !line.StartsWith('#'))
            .Select(line => line.Split('=', 2))
            .ToLookup(pair => pair[0], pair => pair[1]);
        var settings = unit["Environment"].Select(value => value.Split('=')).ToList();
        var credentials = unit["LoadCredential"].Select(value => "%d/" + value.Split(':')[0]);

        Assert.True(int.Parse(unit["TimeoutStopSec"].Single(), CultureInfo.InvariantCulture) > Defaults.DrainTimeout.TotalSeconds);
        Assert.Empty(settings.Select(setting => Known.WrongKey(Known.AsKey(setting[0]))).OfType<string>());
        Assert.Equal(credentials, settings.Select(setting => setting[1]));
        Assert.Equal($"{ExitCode.Usage} {ExitCode.Discord}", unit["RestartPreventExitStatus"].Single());
        foreach (var command in unit["ExecStart"].Concat(unit["ExecStartPre"]))
        {
            await Verbs.AssertKnownAsync(command.Split(' ').Skip(1));
        }
    }

    [Theory]
    [MemberData(nameof(Workflows))]
    public void Workflow_has_few_rights_pinned_actions_and_runs_scripts_that_there_are(string file)
    {
        var workflow = YamlNodes.Load(file);
        var steps = workflow.At("jobs").Entries().SelectMany(job => job.Value.At("steps").Items()).ToList();
        var scripts = steps.Where(step => step.At("run") is not null)
            .SelectMany(step => Script().Matches(step.Text("run")).Select(match => match.Value))
            .ToList();

        Assert.Equal(["contents: read"], workflow.At("permissions").Entries().Select(entry => $"{entry.Key}: {entry.Value}"));
        Assert.All(workflow.At("jobs").Entries(), job => Assert.NotNull(job.Value.At("timeout-minutes")));
        Assert.All(steps.Where(step => step.At("uses") is not null), step => Assert.Matches(@"^[\w-]+/[\w-]+@v\d+$", step.Text("uses")));
        Assert.All(scripts, script => Assert.True(
            Repository.Has(script) && File.GetUnixFileMode(Repository.PathOf(script)).HasFlag(UnixFileMode.UserExecute), script));
    }

    [Fact]
    public void Image_workflow_sets_arguments_that_the_dockerfile_has_for_both_processors()
    {
        var build = YamlNodes.Load(".github/workflows/image.yml").At("jobs/image/steps").Items()
            .Single(step => step.At("with/platforms") is not null);
        var arguments = Argument().Matches(build.Text("with/build-args")).Select(match => match.Groups[1].Value).ToList();

        Assert.Equal("linux/amd64,linux/arm64", build.Text("with/platforms"));
        Assert.Equal("true", build.Text("with/sbom"));
        Assert.Equal("mode=max", build.Text("with/provenance"));
        Assert.Equal(["VERSION", "REVISION"], arguments);
        Assert.Null(build.At("with/labels"));
        Assert.All(arguments, argument => Assert.Contains($"\nARG {argument}=", Dockerfile, StringComparison.Ordinal));
    }

    [Fact]
    public void Label_and_program_say_the_version_of_the_build_which_is_ours_unless_a_release_says_another()
    {
        var version = System.Xml.Linq.XDocument.Load(Repository.PathOf("Directory.Build.props")).Descendants("Version").Single().Value;

        Assert.Equal(2, Dockerfile.Split($"\nARG VERSION={version}\n").Length - 1);
        Assert.Equal(2, Dockerfile.Split("\nARG VERSION=").Length - 1);
        Assert.Contains(" -p:Version=$VERSION ", Dockerfile, StringComparison.Ordinal);
        Assert.Contains("org.opencontainers.image.version=\"$VERSION\"", Dockerfile, StringComparison.Ordinal);
    }

    [Fact]
    public void Dockerfiles_pull_no_syntax_that_nothing_needs()
    {
        string[] files = ["Dockerfile", "tests/Metricity.DiscordSimulator/Dockerfile"];

        Assert.All(files, file => Assert.DoesNotContain("# syntax", Repository.Read(file), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Command_for_root_gives_the_service_s_settings_to_the_program_as_systemd_reads_them()
    {
        var folder = Directory.CreateTempSubdirectory("metricity-systemd").FullName;
        try
        {
            await File.WriteAllTextAsync(
                Path.Combine(folder, "metricity.env"), "# no secrets\n\nGuilds__0__Id=7\nGuilds__0__Schema=\"$(id) `id` $HOME\"\nLog__Format='json'");
            var start = new ProcessStartInfo(Repository.PathOf("deploy/systemd/metricity"), ["-0"]) { RedirectStandardOutput = true };
            start.Environment["METRICITY_CONFIG"] = folder;
            start.Environment["METRICITY_PROGRAM"] = "env";
            using var command = Process.Start(start)!;
            var environment = (await command.StandardOutput.ReadToEndAsync()).Split('\0');
            await command.WaitForExitAsync();

            Assert.Equal(0, command.ExitCode);
            Assert.Superset(
                new HashSet<string>
                {
                    "Guilds__0__Id=7", "Guilds__0__Schema=$(id) `id` $HOME", "Log__Format=json",
                    $"Discord__TokenFile={folder}/bot_token", $"ConnectionStrings__MetricityFile={folder}/database_uri",
                },
                environment.ToHashSet());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>A filter that matches nothing any more is no error to `dotnet test`: the tests would be left out without a word.</summary>
    [Fact]
    public void Filters_of_workflows_and_scripts_name_tests_that_there_are()
    {
        var texts = Repository.Files(".github/workflows", "*.yml").Concat(Repository.Files("scripts", "*.sh")).Select(File.ReadAllText);
        var terms = texts.SelectMany(text => Filter().Matches(text)).Select(match => match.Groups[1].Value).ToList();
        var tests = Repository.Files("tests", "*Tests.cs")
            .Select(file => Path.GetRelativePath(Repository.PathOf("tests"), file).Replace('/', '.'));

        Assert.NotEmpty(terms);
        Assert.All(terms, term => Assert.Contains(tests, test => test.Contains(term, StringComparison.Ordinal)));
    }

    [GeneratedRegex(@"\b([A-Z]+)=")]
    private static partial Regex Argument();

    [GeneratedRegex(@"^COPY (?!--from)(.*)$", RegexOptions.Multiline)]
    private static partial Regex Copy();

    [GeneratedRegex(@"\[(""[^\]]*"")\]")]
    private static partial Regex ExecForm();

    /// <summary>In scripts/test-postgres-versions.sh <c>$in</c> is the project's namespace.</summary>
    [GeneratedRegex(@"(?:FullyQualifiedName~|\$in(?=\.))([\w.]+)")]
    private static partial Regex Filter();

    [GeneratedRegex(@"(?:scripts|\.ci)/[\w.-]+")]
    private static partial Regex Script();
}
