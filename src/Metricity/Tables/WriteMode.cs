namespace Metricity.Tables;

/// <summary>How careful a try to commit a batch is; each mode costs more than the one before.</summary>
internal enum WriteMode
{
    /// <summary>Whole tables at once.</summary>
    Plain,

    /// <summary>As <see cref="Plain"/>, but parents that messages refer to and that are not stored get a stand-in first.</summary>
    WithStandIns,

    /// <summary>As <see cref="WithStandIns"/>, and rows that are refused are found by halving and left out.</summary>
    Isolated,
}
