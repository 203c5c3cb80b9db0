namespace Metricity.Testing;

/// <summary>What runs a server of the tests' own.</summary>
public enum PostgresHostKind
{
    /// <summary>A container of Testcontainers.</summary>
    Docker,

    /// <summary>The PostgreSQL that is installed here.</summary>
    Binaries,
}
