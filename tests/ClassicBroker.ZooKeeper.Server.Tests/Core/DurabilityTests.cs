using ClassicBroker.Platform;
using ClassicBroker.Testing.Files;
using ClassicBroker.ZooKeeper.Jute;

namespace ClassicBroker.ZooKeeper.Server.Tests.Core;

public sealed class DurabilityTests
{
    [Fact]
    public void Restart_brings_back_znodes_stats_and_sessions()
    {
        var bench = new ServerBench();
        var client = bench.Connect();
        client.Create("/a", "one");
        client.Set("/a", "two");
        client.Create("/a/e", mode: CreateMode.Ephemeral);
        client.Create("/gone");
        client.Delete("/gone");
        var before = new[] { client.Exists("/"), client.Exists("/a"), client.Exists("/a/e") };
        bench.Restart();

        var back = bench.Open();
        Assert.Equal(client.Session, back.ConnectSession(new ConnectRequest(0, 1000, client.Session.SessionId, client.Session.Password, false)) with
        {
            Password = client.Session.Password,
        });
        Assert.Equal(before, [back.Exists("/"), back.Exists("/a"), back.Exists("/a/e")]);
        Assert.Equal("two", back.Get("/a"));
        Assert.Null(back.Exists("/gone"));
    }

    [Fact]
    public void Session_that_nobody_carries_on_after_a_restart_expires()
    {
        var bench = new ServerBench();
        var client = bench.Connect(timeoutMs: 500);
        client.Create("/e", mode: CreateMode.Ephemeral);
        bench.Restart();
        Assert.NotNull(bench.Connect().Exists("/e"));
        bench.Time.AdvanceMs(700);

        Assert.Null(bench.Connect().Exists("/e"));
    }

    [Fact]
    public void Transactions_and_sequence_numbers_go_on_after_a_restart()
    {
        var bench = new ServerBench();
        var client = bench.Connect();
        client.Create("/q");
        Assert.Equal("/q/n0000000000", client.CreatedPath("/q/n", CreateMode.PersistentSequential));
        client.Delete("/q/n0000000000");
        var czxid = client.Exists("/q")!.Value.Pzxid;
        var sessionId = client.Session.SessionId;
        bench.Restart();

        client = bench.Connect();
        Assert.True(client.Session.SessionId > sessionId);
        Assert.Equal("/q/n0000000001", client.CreatedPath("/q/n", CreateMode.PersistentSequential));
        Assert.True(client.Exists("/q/n0000000001")!.Value.Czxid > czxid);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(10)]
    public void Snapshots_and_purging_lose_nothing(int snapCount)
    {
        var bench = new ServerBench(snapCount: snapCount);
        var client = bench.Connect();
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(ZooKeeperError.None, client.Create($"/n{i}", $"{i}"));
        }

        var names = bench.Files.List("/data/version-2").Select(entry => entry.Name).ToArray();
        Assert.Equal(3, names.Count(name => name.StartsWith("snapshot.", StringComparison.Ordinal)));
        Assert.InRange(names.Count(name => name.StartsWith("log.", StringComparison.Ordinal)), 1, 4);
        bench.Restart();
        client = bench.Connect();
        Assert.All(Enumerable.Range(0, 100), i => Assert.Equal($"{i}", client.Get($"/n{i}")));
    }

    [Fact]
    public void Damaged_snapshot_is_passed_over_for_the_one_before()
    {
        var bench = new ServerBench(snapCount: 10);
        var client = bench.Connect();
        for (var i = 0; i < 30; i++)
        {
            client.Create($"/n{i}", $"{i}");
        }

        bench.Server.Dispose();
        var newest = bench.Files.List("/data/version-2").Select(entry => entry.Name).Where(name => name.StartsWith("snapshot.", StringComparison.Ordinal))
            .MaxBy(name => Convert.ToInt64(name["snapshot.".Length..], 16))!;
        using (var file = bench.Files.Open("/data/version-2/" + newest, FileOpenMode.Existing))
        {
            file.Write([0x55], file.Length / 2);
        }

        bench.Restart();
        client = bench.Connect();
        Assert.All(Enumerable.Range(0, 30), i => Assert.Equal($"{i}", client.Get($"/n{i}")));
    }

    [Fact]
    public void Log_torn_at_any_byte_of_its_last_two_transactions_is_cut_there()
    {
        var written = LogWith(out var ends);
        for (var cut = ends[^3]; cut <= ends[^1]; cut++)
        {
            foreach (var fill in new byte?[] { null, 0x00, 0xa5 })
            {
                AssertCutIsRecovered(written, ends, cut, fill);
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void Power_cut_at_any_moment_keeps_all_that_was_answered(int seed)
    {
        var bench = new ServerBench(seed, snapCount: 7);
        var answered = 0;
        for (var round = 0; round < 20; round++)
        {
            var client = bench.Connect();
            Assert.All(Enumerable.Range(0, answered), i => Assert.Equal($"{i}", client.Get($"/n{i}")));
            for (var i = 0; i < 5; i++)
            {
                var error = client.Create($"/n{answered}", $"{answered}");
                Assert.True(error is ZooKeeperError.None or ZooKeeperError.NodeExists);
                answered++;
            }

            // This one is written but not synced when the power goes: any part of it may be there afterwards.
            bench.Files.Fail(FileOperation.Sync, errno: 5, pathContains: "log.");
            client.Post(OpCode.Create, writer => BenchClient.WriteCreate(writer, $"/n{answered}", $"{answered}", ZnodeAcl.OpenAclUnsafe, CreateMode.Persistent));
            bench.Time.RunUntilIdle();
            Assert.Empty(client.Sink.Received);
            bench.Crash();
        }
    }

    [Fact]
    public void Damage_in_an_older_log_is_not_taken_for_a_torn_tail()
    {
        var bench = new ServerBench(snapCount: 10);
        var client = bench.Connect();
        for (var i = 0; i < 25; i++)
        {
            client.Create($"/n{i}", $"{i}");
        }

        bench.Server.Dispose();
        foreach (var entry in bench.Files.List("/data/version-2").Where(entry => entry.Name.StartsWith("snapshot.", StringComparison.Ordinal) && entry.Name != "snapshot.0"))
        {
            bench.Files.DeleteFile("/data/version-2/" + entry.Name);
        }

        using (var file = bench.Files.Open("/data/version-2/log.1", FileOpenMode.Existing))
        {
            file.Write([0x55], 40);
        }

        Assert.Contains("log.1", Assert.Throws<Primitives.MalformedDataException>(bench.Restart).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Directory_in_use_is_refused()
    {
        var bench = new ServerBench();
        Assert.Contains("another ZooKeeper server", Assert.Throws<StorageException>(() => StartSecond(bench)).Message, StringComparison.Ordinal);
    }

    private static void StartSecond(ServerBench bench) =>
        ZooKeeperServer.Start(bench.Config, bench.Files, bench.Loop, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance).Dispose();

    private static void AssertCutIsRecovered(byte[] written, IReadOnlyList<int> ends, int cut, byte? fill)
    {
        var bench = new ServerBench();
        bench.Server.Dispose();
        using (var file = bench.Files.Open("/data/version-2/log.1", FileOpenMode.Truncate))
        {
            file.Write(written.AsSpan(0, cut), 0);
            if (fill is { } value)
            {
                file.Write(Enumerable.Repeat(value, 64).ToArray(), cut);
            }
        }

        bench.Restart();
        var whole = ends.Count(end => end <= cut);
        var client = bench.Connect();
        Assert.Equal(whole - 1, client.Children("/").Count(name => name.StartsWith('n')));
        Assert.Equal(ZooKeeperError.None, client.Create("/after"));
        bench.Restart();
        Assert.NotNull(bench.Connect().Exists("/after"));
    }

    /// <summary>A log of a session and five znodes, and where each of its transactions ends.</summary>
    private static byte[] LogWith(out IReadOnlyList<int> ends)
    {
        var bench = new ServerBench();
        var client = bench.Connect();
        for (var i = 0; i < 5; i++)
        {
            client.Create($"/n{i}", $"{i}");
        }

        bench.Server.Dispose();
        using var file = bench.Files.Open("/data/version-2/log.1", FileOpenMode.Read);
        var bytes = new byte[file.Length];
        file.Read(bytes, 0);
        var positions = new List<int>();
        for (var position = 16; System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(position + 8)) is var length and > 0;)
        {
            position += 12 + length + 1;
            positions.Add(position);
        }

        ends = positions;
        return bytes[..positions[^1]];
    }
}
