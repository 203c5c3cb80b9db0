using Metricity.Events;

namespace Metricity.Tables;

/// <summary>A row that PostgreSQL refused and that was left out. Holds no value of the row but its id.</summary>
internal readonly record struct RejectedRow(string Table, Snowflake Id, string SqlState, string? Constraint);
