using System.Data;
using FluentMigrator;
using FluentMigrator.Expressions;
using FluentMigrator.Model;
using FluentMigrator.Runner.Generators.Postgres;
using FluentMigrator.Runner.Initialization;
using FluentMigrator.Runner.Processors;
using FluentMigrator.Runner.Processors.Postgres;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Metricity.Migrations;

/// <summary>
/// Gives each statement of a migration to the caller: to run it in the caller's transaction, which holds the history, the checks and the
/// changes of one schema together, or to write it into a script. Adds the descriptions, which FluentMigrator 8.0.1 leaves out on
/// PostgreSQL.
/// </summary>
internal sealed class MigrationProcessor(
    MigrationTarget target,
    PostgresDbFactory factory,
    Postgres15_0Generator generator,
    ILogger<Postgres15_0Processor> logger,
    IOptionsSnapshot<ProcessorOptions> options,
    IConnectionStringAccessor connectionString,
    PostgresOptions postgresOptions,
    PostgresQuoter quoter)
    : Postgres15_0Processor(factory, generator, logger, options, connectionString, postgresOptions), IProcessorAccessor
{
    IMigrationProcessor IProcessorAccessor.Processor => this;

    public override void BeginTransaction()
    {
    }

    public override void CommitTransaction()
    {
    }

    public override void RollbackTransaction()
    {
    }

    public override void Process(CreateTableExpression expression)
    {
        base.Process(expression);
        Describe(expression.SchemaName, expression.TableName, expression.TableDescription);
        foreach (var column in expression.Columns)
        {
            Describe(expression.SchemaName, expression.TableName, column);
        }
    }

    public override void Process(AlterTableExpression expression)
    {
        // Without this the generator writes a bare "ALTER TABLE x;": the columns come as expressions of their own.
        Describe(expression.SchemaName, expression.TableName, expression.TableDescription);
    }

    public override void Process(CreateColumnExpression expression)
    {
        base.Process(expression);
        Describe(expression.SchemaName, expression.TableName, expression.Column);
    }

    protected override void EnsureConnectionIsOpen()
    {
    }

    protected override void Process(string sql)
    {
        if (!string.IsNullOrEmpty(sql))
        {
            target.Run(sql);
        }
    }

    protected override IDbCommand CreateCommand(string commandText)
    {
        return target.Connection is { } connection
            ? new NpgsqlCommand(commandText, connection)
            : throw new InvalidOperationException("A migration must not ask the database in C#: a script has none to ask.");
    }

    private void Describe(string schema, string table, ColumnDefinition column)
    {
        if (!string.IsNullOrEmpty(column.ColumnDescription))
        {
            var name = $"{quoter.QuoteTableName(table, schema)}.{quoter.QuoteColumnName(column.Name)}";
            Process($"comment on column {name} is {quoter.QuoteValue(column.ColumnDescription)}");
        }
    }

    private void Describe(string schema, string table, string? description)
    {
        if (!string.IsNullOrEmpty(description))
        {
            Process($"comment on table {quoter.QuoteTableName(table, schema)} is {quoter.QuoteValue(description)}");
        }
    }
}
