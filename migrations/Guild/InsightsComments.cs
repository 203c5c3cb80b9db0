namespace Metricity.Migrations.Guild;

/// <summary>What Metabase and Grafana show beside the views and their columns. Part of the migrations that make them.</summary>
internal static class InsightsComments
{
    public const string ActivitySql = "";

    public const string ThreadsSql = "";

    public const string PeopleSql = "";
}
