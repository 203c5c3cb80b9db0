using System.Net.Sockets;
using Metricity.Storage;
using Npgsql;

namespace Metricity.Tests.Storage;

public sealed class DatabaseFaultsTests
{
    [Theory]
    [InlineData("22021", "BadRow")] // NUL in a text
    [InlineData("23503", "BadRow")] // foreign key
    [InlineData("23514", "BadRow")] // check
    [InlineData("08006", "Transient")] // connection failure
    [InlineData("40001", "Transient")] // serialization
    [InlineData("40P01", "Transient")] // deadlock
    [InlineData("53100", "Transient")] // disk full
    [InlineData("53300", "Transient")] // too many connections
    [InlineData("55P03", "Transient")] // lock not available
    [InlineData("57014", "Transient")] // statement timeout
    [InlineData("57P01", "Transient")] // shutdown
    [InlineData("57P03", "Transient")] // starting up
    [InlineData("58030", "Transient")] // I/O error
    [InlineData("25006", "Transient")] // a standby during a failover
    [InlineData("25P03", "Transient")] // frozen in the middle of a transaction
    [InlineData("57P05", "Transient")] // the lock's session was silent
    [InlineData("57P04", "Unusable")] // database dropped
    [InlineData("28P01", "Unusable")] // wrong password
    [InlineData("28000", "Unusable")] // no such role
    [InlineData("3D000", "Unusable")] // no such database
    [InlineData("42P01", "Unusable")] // no such table
    [InlineData("42703", "Unusable")] // no such column
    [InlineData("42501", "Unusable")] // no rights
    [InlineData("21000", "Unusable")] // a key twice in a statement: our fault
    [InlineData("XX000", "Unusable")] // internal error
    public void Sql_state_decides_what_to_do(string state, string expected)
    {
        var fault = DatabaseFaults.OfState(state);

        Assert.Equal(expected, fault.Kind.ToString());
        Assert.Equal(state, fault.SqlState);
        Assert.Contains(state, fault.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_of_the_server_is_not_in_the_sentence()
    {
        var fault = DatabaseFaults.Classify(new PostgresException("invalid value \"canary\"", "ERROR", "ERROR", "22P02"));

        Assert.Equal(FaultKind.BadRow, fault.Kind);
        Assert.DoesNotContain("canary", fault.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Refused_connection_is_transient_and_says_so()
    {
        var fault = DatabaseFaults.Classify(new NpgsqlException("canary", new SocketException((int)SocketError.ConnectionRefused)));

        Assert.Equal(new DatabaseFault(FaultKind.Transient, null, "The database cannot be reached (ConnectionRefused)."), fault);
    }

    [Fact]
    public void Host_that_cannot_be_found_is_transient()
    {
        var fault = DatabaseFaults.Classify(new NpgsqlException("canary", new SocketException((int)SocketError.HostNotFound)));

        Assert.Equal(new DatabaseFault(FaultKind.Transient, null, "The database cannot be reached (HostNotFound)."), fault);
    }

    [Fact]
    public void Answer_that_does_not_come_is_transient()
    {
        Assert.Equal(FaultKind.Transient, DatabaseFaults.Classify(new NpgsqlException("canary", new TimeoutException())).Kind);
    }

    [Fact]
    public void Broken_connection_is_transient()
    {
        Assert.Equal(FaultKind.Transient, DatabaseFaults.Classify(new NpgsqlException("canary", new IOException("canary"))).Kind);
    }

    [Fact]
    public void Refused_encryption_is_for_a_person()
    {
        Assert.Equal(FaultKind.Unusable, DatabaseFaults.Classify(new NpgsqlException("canary")).Kind);
    }
}
