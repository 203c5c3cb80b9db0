namespace Metricity.Migrations;

/// <summary>
/// The database cannot be used as it is. The message is one plain sentence for the operator: it names the object and the way out,
/// and holds no row value, password or connection string.
/// </summary>
public sealed class SchemaException : Exception
{
    public SchemaException(string message)
        : base(message)
    {
    }

    public SchemaException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
