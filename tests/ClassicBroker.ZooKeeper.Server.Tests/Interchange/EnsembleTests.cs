using System.Globalization;
using System.Text;
using ClassicBroker.Testing.ZooKeeper;
using ClassicBroker.ZooKeeper.Server.Tests.Conformance;

namespace ClassicBroker.ZooKeeper.Server.Tests.Interchange;

/// <summary>Three Apache servers, of which the leader is killed.</summary>
public sealed class EnsembleTests
{
    [Fact]
    public async Task Session_outlives_the_leader_and_nothing_acknowledged_is_lost()
    {
        await using var ensemble = RealZooKeeperEnsemble.Launch();
        await using var client = await TestClient.ConnectAsync(ensemble.ConnectString, sessionTimeoutMs: 20_000);
        await using var watcher = await TestClient.ConnectAsync(ensemble.ConnectString, sessionTimeoutMs: 20_000);
        await client.ZooKeeper.CreateAsync("/counter", "0"u8.ToArray(), ZnodeAcl.OpenAclUnsafe, CreateMode.Persistent);
        await client.ZooKeeper.CreateAsync("/e", default, ZnodeAcl.OpenAclUnsafe, CreateMode.Ephemeral);
        await watcher.ZooKeeper.SyncAsync("/");
        await watcher.ZooKeeper.ExistsAsync("/e", watch: true);
        var sessionId = client.ZooKeeper.SessionId;

        var acknowledged = 0;
        for (var i = 1; i <= 200; i++)
        {
            if (i == 100)
            {
                await (await ensemble.LeaderAsync()).KillAsync();
            }

            acknowledged = await SetAsync(client.ZooKeeper, i, acknowledged);
        }

        var read = await client.ZooKeeper.GetDataAsync("/counter", watch: false);
        Assert.Equal(200, int.Parse(Encoding.UTF8.GetString(read.Data), CultureInfo.InvariantCulture));
        Assert.Equal(sessionId, client.ZooKeeper.SessionId);
        Assert.Equal(sessionId, (await client.ZooKeeper.ExistsAsync("/e", watch: false))!.Value.EphemeralOwner);
        Assert.DoesNotContain("NodeDeleted /e", watcher.EventsHeard());
        await client.DisposeAsync();
        await watcher.HearAsync("NodeDeleted /e");
    }

    /// <summary>Sets the counter on condition of its version; where the outcome is unknown, reads it back.</summary>
    private static async Task<int> SetAsync(IZooKeeper zooKeeper, int value, int version)
    {
        while (true)
        {
            try
            {
                return (await zooKeeper.SetDataAsync("/counter", Encoding.UTF8.GetBytes($"{value}"), version)).Version;
            }
            catch (ConnectionLossException)
            {
                await zooKeeper.WaitUntilConnectedAsync(CancellationToken.None);
            }
            catch (ZooKeeperException refused) when (refused.Code == ZooKeeperError.BadVersion)
            {
                // The set whose answer was lost did happen.
                await zooKeeper.SyncAsync("/counter");
                var read = await zooKeeper.GetDataAsync("/counter", watch: false);
                Assert.Equal($"{value}", Encoding.UTF8.GetString(read.Data));
                return read.Stat.Version;
            }
        }
    }
}
