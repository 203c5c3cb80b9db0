using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Metricity.Testing;

namespace Metricity.Tests;

/// <summary>
/// Holds the arrows between the rooms, which are folders of one project, and the rules that belong to a folder. It reads the source as
/// text: imports, and names qualified from <c>Metricity.</c> on; comments and plain string literals do not count.
/// </summary>
public sealed class ArchitectureTests
{
    private const int LongestFile = 400;

    /// <summary>Room to what it imports besides itself, and no more. A new folder needs a line here: decide where it stands.</summary>
    private static readonly Dictionary<string, string[]> MayImport = new()
    {
        ["Telemetry"] = [],
        ["Gateway"] = [],
        ["Events"] = [],
        ["Rest"] = ["Events", "Gateway"],
        ["Database"] = ["Events", "Migrations"],
        ["Insights"] = ["Database"],
        ["Report"] = ["Database", "Events"],
        ["Collect"] = ["Telemetry", "Events", "Gateway", "Rest", "Database"],
        ["Members"] = ["Gateway", "Events", "Rest", "Database", "Collect", "Ownership"],
        ["Ownership"] = ["Events", "Gateway", "Database", "Migrations"],
        ["Coverage"] = ["Events", "Rest", "Database", "Collect"],
        ["Tables"] = ["Events", "Database", "Migrations", "Collect", "Ownership", "Coverage"],
        ["Export"] = ["Telemetry", "Gateway", "Events", "Rest", "Database", "Collect", "Ownership", "Coverage", "Tables"],
        ["Commands"] = ["Events", "Rest", "Database", "Collect"],
        ["Hosting"] =
        [
            "Telemetry", "Gateway", "Events", "Rest", "Database", "Collect", "Members", "Ownership", "Coverage", "Tables", "Export",
            "Commands", "Report", "Migrations",
        ],
        ["Cli"] =
        [
            "Events", "Rest", "Database", "Coverage", "Insights", "Report", "Hosting", "Migrations",
        ],
        [""] = ["Cli"], // Program.cs, and what every room may use
    };

    private static readonly List<SourceFile> Sources = ReadSources(Path.Combine(Repository.Root, "src", "Metricity"));

    [Fact]
    public void Room_imports_only_what_stands_before_it()
    {
        Assert.Empty(Sources.SelectMany(ForbiddenImports));
    }

    [Fact]
    public void Room_may_import_nothing_that_it_does_not_use()
    {
        var unused =
            from room in MayImport
            from allowed in room.Value
            where !Sources.Where(source => source.Room == room.Key).SelectMany(source => ForbiddenImports(source, [])).Any(
                found => found.EndsWith($" {allowed}", StringComparison.Ordinal))
            select $"{room.Key} {allowed}";

        Assert.Empty(unused);
    }

    [Fact]
    public void Arrows_between_rooms_go_in_one_direction()
    {
        var left = new Dictionary<string, string[]>(MayImport);
        while (left.FirstOrDefault(room => !room.Value.Any(left.ContainsKey)) is { Key: not null } free)
        {
            left.Remove(free.Key);
        }

        Assert.Empty(left.Keys);
    }

    [Fact]
    public void Every_folder_is_a_room_with_a_place_in_the_order()
    {
        Assert.Contains(Sources, source => source.Room == "Events");
        Assert.Empty(Sources.Select(source => source.Room).Distinct().Except(MayImport.Keys));
    }

    [Fact]
    public void Namespace_is_the_folder()
    {
        var pattern = new Regex(@"^namespace ([\w.]+)");
        var misplaced = Sources
            .Where(source => source.Room.Length > 0)
            .Where(source => source.Lines.Select(line => pattern.Match(line)).FirstOrDefault(match => match.Success) is { } match
                && !$"{match.Groups[1].Value}.".StartsWith($"Metricity.{source.Room}.", StringComparison.Ordinal));

        Assert.Empty(misplaced.Select(source => source.Path));
    }

    [Fact]
    public void Json_is_spoken_only_where_Discord_is_talked_to_and_in_the_report_for_machines()
    {
        Assert.Empty(Found(
            @"\bSystem\.Text\.Json\b",
            source => source.Room is not ("Gateway" or "Events" or "Rest") && source.Path is not "Report/JsonReport.cs"));
    }

    /// <summary>
    /// A statement goes to the server through a session, which alone knows how. The pool's first words on a new connection, and opening a
    /// connection in the one way that can be cancelled, are before any session.
    /// </summary>
    [Fact]
    public void Sql_is_run_only_by_the_session()
    {
        Assert.Empty(Sources.SelectMany(CommandsOutsideOfTheSession));
    }

    [Fact]
    public void Sql_stands_only_in_types_that_take_a_session()
    {
        Assert.Empty(Sources.Where(HasSqlWithoutASession).Select(source => source.Path));
    }

    [Fact]
    public void Sql_rules_see_planted_violations_and_no_others()
    {
        SourceFile Planted(string path, params string[] lines) => new(path, "Planted", lines);
        string[] bypasses =
        [
            "using Dapper;",
            "await Dapper.SqlMapper.ExecuteAsync(connection, sql);",
            "var command = new CommandDefinition(sql);",
            "await using var command = new NpgsqlCommand(sql, connection);",
            "await using var command = dataSource.CreateCommand(sql);",
            "await using var transaction = await connection.BeginTransactionAsync(cancellationToken);",
            "await using var writer = await connection.BeginBinaryImportAsync(copy);",
            "using System.Data.Common; DbCommand command;",
        ];

        Assert.All(bypasses, line => Assert.Single(CommandsOutsideOfTheSession(Planted("planted", line))));
        Assert.Empty(CommandsOutsideOfTheSession(Planted("Database/Session.cs", bypasses)));
        Assert.Empty(CommandsOutsideOfTheSession(
            Planted("planted", "// using Dapper;", "NpgsqlDataSource dataSource", "await session.ExecuteAsync(Sql)")));
        Assert.True(HasSqlWithoutASession(Planted("planted", "const string Sql = \"select 1\";")));
        Assert.True(HasSqlWithoutASession(Planted("planted", "/// <see cref=\"Session\"/>", "internal const string TakeSql =")));
        Assert.False(HasSqlWithoutASession(Planted("planted", "Task RunAsync(Session session)", "const string Sql = \"select 1\";")));
    }

    [Fact]
    public void Reports_renderers_know_the_report_alone()
    {
        var renderers = Sources.Where(source => source.Room == "Report"
            && source.Path is not ("Report/InsightsReader.cs" or "Report/InsightsReader.Sections.cs" or "Report/ReportPage.cs"));

        Assert.Empty(renderers.SelectMany(source => ForbiddenImports(source, [])));
    }

    /// <summary>A catch of the driver's exception misses what it throws besides. PostgresException is an answer of the server's.</summary>
    [Fact]
    public void Catches_at_the_edges_to_the_database_ask_the_one_rule()
    {
        var catches =
            from source in Sources.Concat(ReadSources(Path.Combine(Repository.Root, "migrations")))
            from line in source.Code
            where Regex.IsMatch(line.Text, @"\bcatch\b.*\b(NpgsqlException|DbException)\b")
            select $"{source.Path}:{line.Number} {line.Text.Trim()}";

        Assert.Empty(catches);
    }

    [Fact]
    public void Connections_are_opened_in_the_one_way_that_can_be_cancelled()
    {
        Assert.Empty(Found(@"\bOpenConnection(Async)?\(|\b_?connection[!?]?\.Open(Async)?\(", _ => true));
    }

    [Fact]
    public void Room_logs_under_its_own_name()
    {
        var strangers =
            from source in Sources
            from line in source.Code
            from Match match in Regex.Matches(line.Text, @"\bLogEvents\.(\w+)\.")
            where match.Groups[1].Value != source.Room
            select $"{source.Path}:{line.Number} {match.Value}";

        Assert.Empty(strangers);
    }

    [Fact]
    public void Interface_has_two_implementers_one_of_which_may_be_a_fake_of_the_tests()
    {
        var program = typeof(LogEvents).Assembly.GetTypes();

        Assert.Empty(WithOneImplementer(program, typeof(ArchitectureTests).Assembly.GetTypes()));
    }

    [Fact]
    public void Interface_with_one_implementer_is_seen()
    {
        Assert.Equal([nameof(IPlanted)], WithOneImplementer([typeof(IPlanted), typeof(Planted)], [typeof(ArchitectureTests)]));
        Assert.Empty(WithOneImplementer([typeof(IPlanted), typeof(Planted)], [typeof(PlantedFake)]));
    }

    [Fact]
    public void Class_is_made_of_at_most_six_things()
    {
        var constructors =
            from type in typeof(LogEvents).Assembly.GetTypes()
            where type is { IsClass: true, Namespace: not null } && type.Namespace.StartsWith("Metricity", StringComparison.Ordinal)
            where type.GetMethod("<Clone>$") is null && type.GetCustomAttribute<CompilerGeneratedAttribute>() is null // records are data
            from constructor in type.GetConstructors(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
            where constructor.GetParameters().Length > 6
            select $"{type.Name} {constructor.GetParameters().Length}";

        Assert.Empty(constructors);
    }

    [Fact]
    public void Console_is_used_only_by_commands()
    {
        Assert.Empty(Found(@"(?<![\w.])(System\.)?Console\.[A-Z]", source => source.Room is not ("Cli" or "")));
    }

    [Fact]
    public void No_method_is_async_void()
    {
        Assert.Empty(Found(@"\basync\s+void\b", _ => true));
    }

    [Fact]
    public void No_file_is_longer_than_400_lines()
    {
        Assert.Empty(Sources.Where(source => source.Lines.Count > LongestFile).Select(source => $"{source.Path}: {source.Lines.Count}"));
    }

    [Fact]
    public void Simulator_knows_nothing_of_the_program()
    {
        var src = Path.Combine(Repository.Root, "src") + Path.DirectorySeparatorChar;

        var referenced = ReferencedProjects(Path.Combine(Repository.Root, "tests", "Metricity.DiscordSimulator", "Metricity.DiscordSimulator.csproj"));

        Assert.DoesNotContain(referenced, project => project.StartsWith(src, StringComparison.Ordinal));
    }

    [Fact]
    public void Rules_see_planted_violations_and_no_others()
    {
        string[] lines =
        [
            "using Metricity.Tables;",
            "    var x = new Metricity.Rest.DiscordRest();",
            "using Metricity.Collect;",
            "using Metricity.Telemetry;",
            "/// <see cref=\"Metricity.Members.GuildSync\"/>",
            "// using Metricity.Members;",
            "var name = \"Metricity.Members\"; var y = Metricity.Events.Snowflake;",
        ];

        var found = ForbiddenImports(new SourceFile("planted", "Gateway", lines));

        Assert.Equal(["planted:1 Tables", "planted:2 Rest", "planted:3 Collect", "planted:4 Telemetry", "planted:7 Events"], found);
    }

    private static IEnumerable<string> WithOneImplementer(Type[] program, Type[] tests) =>
        from type in program
        where type.IsInterface && program.Concat(tests).Count(other => other.IsClass && type.IsAssignableFrom(other)) < 2
        select type.Name;

    private static IEnumerable<string> ForbiddenImports(SourceFile source) =>
        ForbiddenImports(source, MayImport.GetValueOrDefault(source.Room, []));

    private static IEnumerable<string> ForbiddenImports(SourceFile source, string[] allowed) =>
        from line in source.Code
        from Match match in Regex.Matches(line.Text, @"(?<![\w.])(?:global::)?Metricity\.(\w+)")
        let room = match.Groups[1].Value
        where (MayImport.ContainsKey(room) || room is "Migrations")
            && room != source.Room
            && !allowed.Contains(room)
        select $"{source.Path}:{line.Number} {room}";

    private static IEnumerable<string> CommandsOutsideOfTheSession(SourceFile source) =>
        from line in source.Code
        where source.Path is not ("Database/Session.cs" or "Database/StorageDataSource.cs")
            && Regex.IsMatch(
                line.Text,
                @"(?<![\w.])Dapper(;|\.)|\b(CommandDefinition|(Npgsql|Db)(Command|Batch|Transaction)"
                    + @"|(Create|Begin)(Command|Batch|Transaction|Binary|Text|Raw)\w*\()")
        select $"{source.Path}:{line.Number} {line.Text.Trim()}";

    private static bool HasSqlWithoutASession(SourceFile source) =>
        source.Code.Any(line => Regex.IsMatch(line.Text, @"\bconst string \w*Sql\b"))
        && !source.Code.Any(line => Regex.IsMatch(line.Text, @"\b(Session|StoreTransaction) \w+|\bSession\.(RunAsync|On)\b"));

    private static IEnumerable<string> Found(string pattern, Func<SourceFile, bool> isForbiddenIn) =>
        from source in Sources.Where(isForbiddenIn)
        from line in source.Code
        where Regex.IsMatch(line.Text, pattern)
        select $"{source.Path}:{line.Number} {line.Text.Trim()}";

    private static HashSet<string> ReferencedProjects(string project)
    {
        var found = new HashSet<string>();
        var open = new Stack<string>([project]);
        while (open.TryPop(out var next))
        {
            foreach (var reference in XDocument.Load(next).Descendants("ProjectReference"))
            {
                var include = reference.Attribute("Include")!.Value.Replace('\\', Path.DirectorySeparatorChar);
                var path = Path.GetFullPath(include, Path.GetDirectoryName(next)!);
                if (found.Add(path))
                {
                    open.Push(path);
                }
            }
        }

        return found;
    }

    private static List<SourceFile> ReadSources(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
            .Select(file => (File: file, Parts: Path.GetRelativePath(folder, file).Split(Path.DirectorySeparatorChar)))
            .Where(file => file.Parts[0] is not ("bin" or "obj"))
            .Select(file => new SourceFile(
                string.Join('/', file.Parts),
                file.Parts.Length > 1 ? file.Parts[0] : "",
                File.ReadAllLines(file.File)))];

    private interface IPlanted;

    private sealed class Planted : IPlanted;

    private sealed class PlantedFake : IPlanted;

    private sealed record SourceFile(string Path, string Room, IReadOnlyList<string> Lines)
    {
        private static readonly Regex PlainString = new("\"(\\\\.|[^\"\\\\])*\"");
        private static readonly Regex Comment = new("//.*");

        /// <summary>The lines without comments and plain string literals, numbered from 1.</summary>
        public IEnumerable<(int Number, string Text)> Code =>
            Lines.Select((line, index) => (index + 1, Comment.Replace(PlainString.Replace(line, "\"\""), "")));
    }
}
