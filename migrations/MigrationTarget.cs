using FluentMigrator.Runner.Initialization;
using FluentMigrator.Runner.VersionTableInfo;
using Npgsql;

namespace Metricity.Migrations;

/// <summary>
/// One schema as FluentMigrator sees it: which migrations are meant, where their history is kept, and what becomes of a statement.
/// </summary>
/// <param name="schema">Unquoted name.</param>
/// <param name="connection">Opened, in a transaction of the caller's; null when nothing is asked and a script is written.</param>
/// <param name="run">Takes one statement, or several with semicolons between.</param>
internal sealed class MigrationTarget(string schema, NpgsqlConnection? connection, Action<string> run)
    : IVersionTableMetaData, IMigrationSourceItem
{
    public NpgsqlConnection? Connection => connection;

    // Quoted always: FluentMigrator takes a name that begins and ends with a quotation mark for a quoted one.
    public string SchemaName { get; } = Migrations.SchemaName.Quote(schema);

    public string TableName => SchemaVersion.HistoryTable;

    public string ColumnName => "version";

    public string AppliedOnColumnName => "applied_at";

    public string DescriptionColumnName => "description";

    public string UniqueIndexName => "metricity_migrations_pkey";

    public bool OwnsSchema => false;

    public bool CreateWithPrimaryKey => false;

    // The classes are internal, and FluentMigrator's own search finds exported types alone.
    public IEnumerable<Type> MigrationTypeCandidates => SchemaVersion.TypesOf(schema);

    public void Run(string sql)
    {
        run(sql);
    }
}
