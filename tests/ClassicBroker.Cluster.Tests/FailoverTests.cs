using ClassicBroker.Testing.Processes;
using ClassicBroker.Testing.Security;

namespace ClassicBroker.Cluster.Tests;

/// <summary>
/// Leaders killed, stopped in order and restarted under <c>acks=all</c> load: another takes over, nothing acknowledged is lost, and in the
/// end all replicas hold the same bytes.
/// </summary>
public sealed class FailoverTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ScratchDirectory _scratch = new();

    [Theory]
    [InlineData(SecurityProfile.Open, false, 6)]
    [InlineData(SecurityProfile.Open, true, 6)]
    [InlineData(SecurityProfile.Secured, true, 3)]
    public async Task Killed_leaders_lose_nothing_that_was_acknowledged(SecurityProfile profile, bool idempotent, int failures)
    {
        await using var cluster = await ThreeBrokers.StartAsync(_scratch, profile);
        await cluster.CreateTopicAsync("load");
        await using var load = await StartLoadAsync(cluster, idempotent);

        for (var failure = 0; failure < failures; failure++)
        {
            await load.WaitForMoreAsync(500, Patience);
            var leader = await cluster.LeaderAsync("load");
            await leader.KillAsync();
            await load.WaitForMoreAsync(500, Patience);
            await leader.StartAsync();
            await cluster.WaitUntilInSyncAsync("load");
        }

        await Replicas.AssertWholeAsync(cluster, load, "load", idempotent);
    }

    [Theory]
    [InlineData(SecurityProfile.Open)]
    [InlineData(SecurityProfile.Secured)]
    public async Task A_rolling_restart_loses_nothing_and_needs_no_election_by_failure(SecurityProfile profile)
    {
        await using var cluster = await ThreeBrokers.StartAsync(_scratch, profile);
        await cluster.CreateTopicAsync("load");
        await using var load = await StartLoadAsync(cluster, idempotent: true);

        foreach (var broker in cluster.Brokers)
        {
            await load.WaitForMoreAsync(500, Patience);
            Assert.Equal(0, await broker.StopAsync());

            // The controller had given to others what it led, while it was there to say so.
            Assert.Contains($"[KafkaServer id={broker.BrokerId}] Controlled shutdown succeeded", broker.Process.Output, StringComparison.Ordinal);
            await load.WaitForMoreAsync(500, Patience);
            await broker.StartAsync();
            await cluster.WaitUntilInSyncAsync("load");
        }

        await Replicas.AssertWholeAsync(cluster, load, "load", idempotent: true);
    }

    private Task<AckedLoad> StartLoadAsync(ThreeBrokers cluster, bool idempotent) =>
        AckedLoad.StartAsync(cluster.BootstrapServers, "load", _scratch.File("acked"), idempotent, cluster.Security.Client);

    public void Dispose() => _scratch.Dispose();
}
