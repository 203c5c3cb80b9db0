namespace Metricity.IntegrationTests.Report;

/// <param name="Type">As PostgreSQL names it.</param>
internal sealed record QueryColumn(string Name, string Type)
{
    public bool IsTime => Type is "timestamp without time zone" or "timestamp with time zone";

    public bool IsNumber => Type is "smallint" or "integer" or "bigint" or "numeric" or "double precision";

    /// <summary>What Grafana and Metabase show as it is; arrays for example they do not.</summary>
    public bool IsPlain => IsTime || IsNumber || Type is "text" or "character varying" or "name" or "boolean" or "date";
}

internal sealed record QueryAnswer(IReadOnlyList<QueryColumn> Columns, List<object?[]> Rows)
{
    public IEnumerable<string> Names => Columns.Select(column => column.Name);
}
