namespace Metricity.Migrations;

/// <summary>Which migrations one PostgreSQL schema has, which it lacks, and which it has from a newer version of the program.</summary>
/// <param name="Schema">Unquoted name; <c>metricity</c> for the program's own state.</param>
/// <param name="Applied">Known and applied, oldest first.</param>
/// <param name="Pending">Known and not applied, oldest first.</param>
/// <param name="Unknown">Applied and not known, oldest first.</param>
public sealed record SchemaState(
    string Schema,
    IReadOnlyList<string> Applied,
    IReadOnlyList<string> Pending,
    IReadOnlyList<string> Unknown);
