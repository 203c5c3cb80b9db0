using System.Globalization;
using System.Reflection;
using FluentMigrator;

namespace Metricity.Migrations;

/// <summary>
/// The migrations this build knows, oldest first. An id is fourteen digits (the time it was written) and a name; ids of both kinds
/// stand in one order, so that <c>--to</c> means the same moment for every schema.
/// </summary>
public static class SchemaVersion
{
    /// <summary>The schema of the program's own state (positions, guilds). No guild can use it.</summary>
    public const string StateSchema = "metricity";

    /// <summary>Name of the table, in each schema, that lists the applied migrations.</summary>
    public const string HistoryTable = "metricity_migrations";

    /// <summary>Migrations of the schema <c>metricity</c>.</summary>
    public static IReadOnlyList<string> State { get; } = IdsOf(StateSchema);

    /// <summary>Migrations of every guild schema.</summary>
    public static IReadOnlyList<string> Guild { get; } = IdsOf("public");

    public static string LatestState => State[^1];

    public static string LatestGuild => Guild[^1];

    /// <summary>
    /// Throws unless every schema has exactly the migrations that this build knows: what a collector must check before it writes.
    /// </summary>
    /// <exception cref="SchemaException">A schema is older or newer; the message names it and the way out.</exception>
    public static void Require(IReadOnlyList<SchemaState> states)
    {
        foreach (var state in states)
        {
            SchemaCatalog.RefuseUnknown(state);
        }

        if (states.FirstOrDefault(state => state.Pending.Count > 0) is { } behind)
        {
            throw new SchemaException(
                $"schema \"{behind.Schema}\" lacks {behind.Pending.Count} of {Of(behind.Schema).Count} migrations "
                + $"(first: {behind.Pending[0]}): run `metricity --migrate`");
        }
    }

    internal static IReadOnlyList<string> Of(string schema)
    {
        return schema == StateSchema ? State : Guild;
    }

    /// <summary>The id for an id or a name (case does not matter), or null.</summary>
    public static string? Find(string idOrName)
    {
        return State.Concat(Guild).FirstOrDefault(id =>
            id.Equals(idOrName, StringComparison.OrdinalIgnoreCase)
            || NameOf(id).Equals(idOrName, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>The classes of the migrations of a schema: a folder, and so a namespace, for each kind.</summary>
    internal static IEnumerable<Type> TypesOf(string schema)
    {
        var folder = schema == StateSchema ? typeof(State.ProgramState).Namespace : typeof(Guild.GuildTables).Namespace;
        return typeof(SchemaVersion).Assembly.DefinedTypes
            .Where(type => type.Namespace == folder && type.IsDefined(typeof(MigrationAttribute)));
    }

    internal static long NumberOf(string id)
    {
        return long.Parse(id.AsSpan(0, id.IndexOf('_', StringComparison.Ordinal)), CultureInfo.InvariantCulture);
    }

    internal static string NameOf(string id)
    {
        return id[(id.IndexOf('_', StringComparison.Ordinal) + 1)..];
    }

    private static string[] IdsOf(string schema)
    {
        return TypesOf(schema)
            .Select(type => type.GetCustomAttribute<MigrationAttribute>()!)
            .Select(migration => $"{migration.Version}_{migration.Description}")
            .Order(StringComparer.Ordinal)
            .ToArray();
    }
}
