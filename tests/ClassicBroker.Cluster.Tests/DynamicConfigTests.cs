using System.Diagnostics;
using ClassicBroker.Client;
using ClassicBroker.Testing.Processes;
using ClassicBroker.Testing.Security;

namespace ClassicBroker.Cluster.Tests;

/// <summary>How soon every broker of a cluster acts by a config that was changed for all of them.</summary>
public sealed class DynamicConfigTests(ITestOutputHelper output) : IDisposable
{
    private const string Key = "log.retention.ms";
    private const int Changes = 5;

    private static readonly TimeSpan Wanted = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ScratchDirectory _scratch = new();

    [Theory]
    [MemberData(nameof(SecurityProfiles.Rows), MemberType = typeof(SecurityProfiles))]
    public async Task A_change_for_all_brokers_reaches_each_within_a_second(SecurityProfile profile)
    {
        await using var cluster = await ThreeBrokers.StartAsync(_scratch, profile);
        await using var network = ClientNetwork.Open();
        var properties = new Dictionary<string, string>(cluster.Security.Client.Properties) { ["bootstrap.servers"] = cluster.BootstrapServers };
        await using var admin = new AdminClient(AdminConfig.FromProperties(properties), network);
        var took = new List<TimeSpan>();
        for (var change = 0; change < Changes; change++)
        {
            var value = $"{600_000 + change}";
            (await admin.IncrementalAlterConfigsAsync(ConfigResource.Broker(null), [ConfigChange.Set(Key, value)])).ThrowIfFailed();
            var clock = Stopwatch.StartNew();
            foreach (var broker in cluster.Brokers)
            {
                while (await ValueAsync(admin, broker) != value)
                {
                    Assert.True(clock.Elapsed < Patience, $"Broker {broker.BrokerId} has not heard of change {change}.");
                }
            }

            took.Add(clock.Elapsed);
        }

        output.WriteLine($"All brokers had it after {string.Join(", ", took.Select(time => $"{time.TotalMilliseconds:F0}"))} ms.");
        Assert.True(took.Order().ElementAt(Changes / 2) < Wanted);
    }

    /// <summary>What a broker acts by, as it says itself.</summary>
    private static async Task<string?> ValueAsync(AdminClient admin, KafkaServerProcess broker)
    {
        var described = await admin.DescribeConfigsAsync([ConfigResource.Broker(broker.BrokerId)]);
        return described[0].ThrowIfFailed().Entries.Single(entry => entry.Name == Key).Value;
    }

    public void Dispose() => _scratch.Dispose();
}
