using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Metricity.Migrations;

/// <summary>
/// EF Core is here for its migrations engine alone: the contexts have no model and no sets, they only say whose migrations are meant and
/// where their history is kept. The caller owns the connection and its transaction.
/// </summary>
internal abstract class SchemaContext(DbContextOptions options) : DbContext(options)
{
    protected static DbContextOptions<TContext> Options<TContext>(DbConnection connection, string schema)
        where TContext : DbContext
    {
        return new DbContextOptionsBuilder<TContext>()
            .UseNpgsql(connection, npgsql => npgsql.MigrationsHistoryTable(SchemaVersion.HistoryTable, schema))
            // The migrator's own transaction holds the history table, the checks and the changes of one schema together.
            .ConfigureWarnings(warnings => warnings.Ignore(RelationalEventId.MigrationsUserTransactionWarning))
            .Options;
    }
}

/// <summary>Migrations of the schema <c>metricity</c>: the program's own state.</summary>
internal sealed class StateContext(DbConnection connection)
    : SchemaContext(Options<StateContext>(connection, SchemaVersion.StateSchema));

/// <summary>
/// Migrations of one guild's schema. Their SQL is unqualified and finds the schema by <c>search_path</c>, so that one set of migrations
/// serves every schema.
/// </summary>
internal sealed class GuildContext(DbConnection connection, string schema)
    : SchemaContext(Options<GuildContext>(connection, schema));
