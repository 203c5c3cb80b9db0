using FluentMigrator.Builders;
using FluentMigrator.Infrastructure;

namespace Metricity.Migrations;

/// <summary>What migrations write besides FluentMigrator's own words.</summary>
internal static class FluentExtensions
{
    /// <summary>Unbounded text, as the original's tables have it.</summary>
    public static TNext AsVarchar<TNext>(this IColumnTypeSyntax<TNext> column)
        where TNext : IFluentSyntax
    {
        return column.AsCustom("varchar");
    }
}
