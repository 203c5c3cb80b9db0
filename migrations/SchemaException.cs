namespace Metricity.Migrations;

/// <summary>
/// The database cannot be used as it is. The message is one plain clause for the operator: it names the object and the way out,
/// and holds no row value, password or connection string.
/// </summary>
public sealed class SchemaException : Exception
{
    public SchemaException(string message)
        : base(message)
    {
    }

    public SchemaException(string message, Exception innerException, bool isTransient = false)
        : base(message, innerException)
    {
        IsTransient = isTransient;
    }

    /// <summary>Waiting may cure it: the server is away or busy, and nobody knows yet whether the schemas are right.</summary>
    public bool IsTransient { get; }

    /// <summary>The message, which tools can put behind a subject, on its own.</summary>
    public string Sentence => char.ToUpperInvariant(Message[0]) + Message[1..] + (Message.EndsWith('.') ? "" : ".");
}
