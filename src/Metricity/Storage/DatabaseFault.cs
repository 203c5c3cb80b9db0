namespace Metricity.Storage;

/// <summary>What to do about an error of the database.</summary>
internal enum FaultKind
{
    /// <summary>Waiting may cure it: try the same batch again later.</summary>
    Transient,

    /// <summary>A row is to blame (SQLSTATE class 22 or 23): find it, leave it out.</summary>
    BadRow,

    /// <summary>A person has to act.</summary>
    Unusable,
}

/// <param name="SqlState">Null when the server said nothing.</param>
/// <param name="Sentence">For the operator: what is wrong and, where one is known, the way out. Holds no values and no server text.</param>
internal readonly record struct DatabaseFault(FaultKind Kind, string? SqlState, string Sentence);
