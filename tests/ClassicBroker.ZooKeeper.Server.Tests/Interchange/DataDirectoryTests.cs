using System.Text;
using ClassicBroker.Platform;
using ClassicBroker.Testing.Processes;
using ClassicBroker.Testing.ZooKeeper;
using ClassicBroker.ZooKeeper.Server.Tests.Conformance;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClassicBroker.ZooKeeper.Server.Tests.Interchange;

/// <summary>A data directory moves between Apache ZooKeeper and ours, with its sessions.</summary>
public sealed class DataDirectoryTests : IDisposable
{
    private readonly ScratchDirectory _scratch = new();

    [Theory]
    [InlineData(100_000)]
    [InlineData(10)]
    public async Task What_Apache_wrote_opens_here(int snapCount)
    {
        await using var node = new RealZooKeeperNode(_scratch.Path, LoopbackPorts.Next(), [$"snapCount={snapCount}"]);
        await node.StartAsync();
        await using var client = await TestClient.ConnectAsync($"127.0.0.1:{node.Port}", sessionTimeoutMs: 6000);
        await FillAsync(client.ZooKeeper);
        var written = await TreeSnapshot.TakeAsync(client.ZooKeeper);
        var sessionId = client.ZooKeeper.SessionId;
        await node.KillAsync();

        await using var thread = new LoopThread("zookeeper-server-");
        var host = await StartOwnAsync(thread, node.DataDirectory, node.Port);
        await client.HearAsync("Connecting");
        await client.ZooKeeper.WaitUntilConnectedAsync(CancellationToken.None);
        Assert.Equal(sessionId, client.ZooKeeper.SessionId);
        Assert.Equal(string.Join('\n', written), string.Join('\n', await TreeSnapshot.TakeAsync(client.ZooKeeper)));
        await client.DisposeAsync();
        await host.StopAsync();
    }

    [Theory]
    [InlineData(100_000)]
    [InlineData(10)]
    public async Task What_was_written_here_opens_in_Apache(int snapCount)
    {
        var port = LoopbackPorts.Next();
        await using var node = new RealZooKeeperNode(_scratch.Path, port, []);
        await using var thread = new LoopThread("zookeeper-server-");
        var host = await StartOwnAsync(thread, node.DataDirectory, port, snapCount);
        await using var client = await TestClient.ConnectAsync($"127.0.0.1:{port}", sessionTimeoutMs: 6000);
        await FillAsync(client.ZooKeeper);
        var written = await TreeSnapshot.TakeAsync(client.ZooKeeper);
        var sessionId = client.ZooKeeper.SessionId;
        await host.StopAsync();

        await node.StartAsync();
        await client.HearAsync("Connecting");
        await client.ZooKeeper.WaitUntilConnectedAsync(CancellationToken.None);
        Assert.Equal(sessionId, client.ZooKeeper.SessionId);
        Assert.Equal(string.Join('\n', written), string.Join('\n', await TreeSnapshot.TakeAsync(client.ZooKeeper)));
        var created = await client.ZooKeeper.CreateAsync("/after", default, ZnodeAcl.OpenAclUnsafe, CreateMode.PersistentSequential);
        Assert.True(created.Stat.Czxid > 0);
    }

    public void Dispose() => _scratch.Dispose();

    private static Task<ZooKeeperServerHost> StartOwnAsync(LoopThread thread, string dataDirectory, int port, int snapCount = 100_000)
    {
        var config = new ZooKeeperServerConfig
        {
            DataDir = dataDirectory,
            DataLogDir = dataDirectory,
            ClientPort = port,
            ClientPortAddress = "127.0.0.1",
            SnapCount = snapCount,
        };
        return ZooKeeperServerHost.StartAsync(config, new PosixFileSystem(), thread.Transport, thread.Loop, NullLogger.Instance);
    }

    private static async Task FillAsync(IZooKeeper zooKeeper)
    {
        await zooKeeper.AddAuthAsync("digest", "owner:secret"u8.ToArray());
        await zooKeeper.CreateAsync("/a", "data"u8.ToArray(), ZnodeAcl.OpenAclUnsafe, CreateMode.Persistent);
        await zooKeeper.SetDataAsync("/a", "changed"u8.ToArray(), 0);
        await zooKeeper.CreateAsync("/a/closed", default, ZnodeAcl.CreatorAllAcl, CreateMode.Persistent);
        await zooKeeper.CreateAsync("/a/container", default, ZnodeAcl.OpenAclUnsafe, CreateMode.Container);
        for (var i = 0; i < 15; i++)
        {
            await zooKeeper.CreateAsync("/a/s", Encoding.UTF8.GetBytes($"{i}"), ZnodeAcl.ReadAclUnsafe, CreateMode.PersistentSequential);
        }

        await zooKeeper.CreateAsync("/a/e", default, ZnodeAcl.OpenAclUnsafe, CreateMode.Ephemeral);
        await zooKeeper.DeleteAsync("/a/s0000000003", ZnodeVersion.Any);
        await zooKeeper.SetAclAsync("/a/s0000000004", ZnodeAcl.OpenAclUnsafe, ZnodeVersion.Any).ContinueWith(
            static refused => Assert.NotNull(refused.Exception), TaskScheduler.Default);
        await zooKeeper.SetAclAsync("/a", [.. ZnodeAcl.CreatorAllAcl, .. ZnodeAcl.ReadAclUnsafe], 0);
        var multi = await zooKeeper.MultiAsync(
        [
            new CreateOp("/m", "1"u8.ToArray(), ZnodeAcl.OpenAclUnsafe, CreateMode.Persistent),
            new SetDataOp("/m", "2"u8.ToArray(), 0),
            new CreateOp("/m/e", default, ZnodeAcl.OpenAclUnsafe, CreateMode.EphemeralSequential),
            new DeleteOp("/a/s0000000005", ZnodeVersion.Any),
            new CheckOp("/a", 1),
        ]);
        Assert.True(multi.Committed);
    }
}
