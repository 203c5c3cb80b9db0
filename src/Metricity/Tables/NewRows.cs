namespace Metricity.Tables;

/// <summary>
/// Rows of a guild that this process stored for the first time. A replay counts nothing; a message counts whichever way it came (live,
/// replayed, healed); joins and leaves only when they were seen happening: those found by comparing lists belong to another time.
/// </summary>
/// <param name="Joins">Rejoins included.</param>
internal readonly record struct NewRows(long Messages, long Joins, long Leaves)
{
    public static NewRows operator +(NewRows left, NewRows right) =>
        new(left.Messages + right.Messages, left.Joins + right.Joins, left.Leaves + right.Leaves);

    public static NewRows operator -(NewRows left, NewRows right) =>
        new(left.Messages - right.Messages, left.Joins - right.Joins, left.Leaves - right.Leaves);
}
