using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using Metricity.Database;
using Metricity.Migrations;
using Npgsql;

namespace Metricity.Tests.Database;

public sealed class DatabaseFaultTests
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
        var fault = DatabaseFault.OfState(state);

        Assert.Equal(expected, fault.Kind.ToString());
        Assert.Equal(state, fault.SqlState);
        Assert.Contains(state, fault.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_of_the_server_is_not_in_the_sentence()
    {
        var fault = Of(new PostgresException("invalid value \"canary\"", "ERROR", "ERROR", "22P02"))!;

        Assert.Equal(FaultKind.BadRow, fault.Kind);
        Assert.DoesNotContain("canary", fault.Sentence, StringComparison.Ordinal);
    }

    /// <summary>What a driver may throw for a server that is away, wrapped as Npgsql's versions and its callers wrap it, or bare.</summary>
    public static TheoryData<string, Exception> Away() => new()
    {
        { "refused", new SocketException((int)SocketError.ConnectionRefused) },
        { "no such host", new SocketException((int)SocketError.HostNotFound) },
        { "no resolver", new SocketException((int)SocketError.TryAgain) },
        { "no answer", new TimeoutException("canary") },
        { "reset", new IOException("canary", new SocketException((int)SocketError.ConnectionReset)) },
        { "closed", new EndOfStreamException("canary") },
        { "given up by the driver", new OperationCanceledException("canary") },
        { "given up with a token of the driver's", new TaskCanceledException("canary", null, new CancellationToken(canceled: true)) },
        { "starting up", new PostgresException("canary", "FATAL", "FATAL", "57P03") },
        { "several hosts", new AggregateException("canary", new TimeoutException(), new SocketException((int)SocketError.HostDown)) },
        { "some hosts", new AggregateException("canary", new PostgresException("", "", "", "28P01"), new TimeoutException()) },
    };

    [Theory]
    [MemberData(nameof(Away))]
    public void Server_that_is_away_is_tried_again(string what, Exception error)
    {
        Assert.NotEmpty(what);
        foreach (var thrown in new[]
        {
            error,
            new NpgsqlException("canary", error),
            new NpgsqlException("canary", new NpgsqlException("canary", error)),
            new InvalidOperationException("canary", new NpgsqlException("canary", error)), // as an ORM's retries end
            new AggregateException("canary", error),
        })
        {
            var fault = Of(thrown);
            Assert.True(fault is { Kind: FaultKind.Transient }, $"{thrown.GetType().Name}: {fault}");
            Assert.DoesNotContain("canary", fault.Sentence, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Kind_of_the_failure_is_in_the_sentence()
    {
        Assert.Equal("The database cannot be reached (HostNotFound).", Sentence(new SocketException((int)SocketError.HostNotFound)));
        Assert.Equal("The database did not answer in time.", Sentence(new TimeoutException()));
        Assert.Equal("The connection to the database broke.", Sentence(new IOException()));

        static string Sentence(Exception error) => Of(new NpgsqlException("canary", error))!.Sentence;
    }

    /// <summary>What a person has to mend, wrapped.</summary>
    public static TheoryData<string, Exception?> NotAgreed() => new()
    {
        { "encryption wanted by one side alone", null },
        { "certificate not trusted", new AuthenticationException("canary") },
        { "certificate that cannot be read", new CryptographicException("canary") },
        { "certificate that is not there", new FileNotFoundException("canary") },
        { "certificate that may not be read", new UnauthorizedAccessException("canary") },
        { "way to authenticate that is not known", new NotSupportedException("canary") },
    };

    [Theory]
    [MemberData(nameof(NotAgreed))]
    public void Session_that_cannot_be_agreed_on_is_for_a_person(string what, Exception? cause)
    {
        Assert.NotEmpty(what);
        var fault = Of(new NpgsqlException("canary", cause))!;

        Assert.Equal(FaultKind.Unusable, fault.Kind);
        Assert.Contains("SSL mode", fault.Sentence, StringComparison.Ordinal);
        var ofSeveral = Of(new NpgsqlException("canary", new AggregateException(new NpgsqlException("canary", cause))))!;
        Assert.Equal(FaultKind.Unusable, ofSeveral.Kind);
    }

    [Fact]
    public void Cancellation_that_we_asked_for_is_no_fault()
    {
        using var ours = new CancellationTokenSource();
        ours.Cancel();

        Assert.Null(DatabaseFault.Of(new OperationCanceledException(ours.Token), ours.Token));
        Assert.Null(DatabaseFault.Of(new TaskCanceledException("canary", new TimeoutException(), ours.Token), ours.Token));
    }

    [Fact]
    public void Errors_of_our_own_are_no_fault()
    {
        Assert.Null(Of(new InvalidOperationException("StartAsync comes first.")));
        Assert.Null(Of(new InvalidCastException()));
        Assert.Null(Of(new StoreReplacedException("another one")));
        Assert.Null(Of(new StopException(ExitCode.Database, "no such guild")));
    }

    /// <summary>As it throws itself: the types alone would not tell them from errors of ours.</summary>
    [Fact]
    public async Task Connection_that_broke_while_nobody_used_it_is_tried_again()
    {
        await using var closed = new NpgsqlConnection("Host=127.0.0.1;Port=1");
        Assert.Equal(FaultKind.Transient, Of(Assert.Throws<InvalidOperationException>(() => closed.BeginTransaction()))!.Kind);

        await closed.DisposeAsync();
        Assert.Equal(FaultKind.Transient, Of(await Assert.ThrowsAsync<ObjectDisposedException>(() => closed.OpenAsync()))!.Kind);
    }

    [Fact]
    public async Task Several_hosts_of_which_none_answers_are_tried_again_also_while_the_driver_gives_them_a_rest()
    {
        await using var hosts = NpgsqlDataSource.Create("Host=127.0.0.1,127.0.0.2;Port=1;Username=x;Database=x");

        var first = Of(await Assert.ThrowsAsync<NpgsqlException>(async () => await hosts.OpenConnectionAsync()))!;
        var resting = Of(await Assert.ThrowsAsync<NpgsqlException>(async () => await hosts.OpenConnectionAsync()))!;

        Assert.Equal(new DatabaseFault(FaultKind.Transient, null, "The database cannot be reached (ConnectionRefused)."), first);
        Assert.Equal(new DatabaseFault(FaultKind.Transient, null, "No host of the database can be used now."), resting);
    }

    [Fact]
    public async Task Guard_gives_each_kind_as_its_exception_and_lets_the_rest_through()
    {
        using var ours = new CancellationTokenSource();

        await Assert.ThrowsAsync<StoreUnavailableException>(() => Guarded(new TimeoutException()));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => Guarded(new OperationCanceledException()));
        await Assert.ThrowsAsync<StopException>(() => Guarded(new PostgresException("", "", "", "42501")));
        await Assert.ThrowsAsync<StoreReplacedException>(() => Guarded(new StoreReplacedException("")));
        await Assert.ThrowsAsync<InvalidCastException>(() => Guarded(new InvalidCastException()));

        await ours.CancelAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(() => Guarded(new OperationCanceledException()));

        Task<int> Guarded(Exception error) => DatabaseFaults.GuardAsync(() => Task.FromException<int>(error), ours.Token);
    }

    [Fact]
    public async Task Try_swallows_faults_of_the_database_alone()
    {
        await DatabaseFaults.TryAsync(() => Task.FromException(new TimeoutException()));
        await DatabaseFaults.TryAsync(() => Task.FromException(new NpgsqlException("", new IOException())));

        await Assert.ThrowsAsync<InvalidCastException>(() => DatabaseFaults.TryAsync(() => Task.FromException(new InvalidCastException())));
    }

    private static DatabaseFault? Of(Exception error) => DatabaseFault.Of(error, CancellationToken.None);
}
