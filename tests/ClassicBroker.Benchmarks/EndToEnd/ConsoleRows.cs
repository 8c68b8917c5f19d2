using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using ClassicBroker.Client;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Benchmarks.EndToEnd;

/// <summary>How long the admin console's lists take where there are very many topics and groups, and what it holds in memory then.</summary>
internal static partial class ConsoleRows
{
    private const int Topics = 10_000;
    private const int TopicsAtOnce = 500;
    private const int Groups = 10_000;
    private const short CommitVersion = 6;

    /// <summary>Lists are kept for two seconds.</summary>
    private static readonly TimeSpan KeptFor = TimeSpan.FromSeconds(2.1);

    /// <summary>
    /// A page in the middle of each list: where the console has the list, and where it asks the brokers first. Then the memory of its
    /// process.
    /// </summary>
    public static async Task<string[]> MeasureAsync()
    {
        var address = $"http://127.0.0.1:{LoopbackPorts.Next()}";
        await using var cluster = await BenchmarkCluster.StartAsync(new Dictionary<string, string> { ["console.listeners"] = address });
        await FillAsync(cluster);
        using var http = new HttpClient { BaseAddress = new Uri(address), Timeout = TimeSpan.FromMinutes(1) };
        var token = Token().Match(cluster.Broker.Process.Output).Groups[1].Value;
        (await http.PostAsJsonAsync("/api/sign-in", new Dictionary<string, string> { ["secret"] = token })).EnsureSuccessStatusCode();
        var topics = await MeasureAsync(http, "/api/topics?search=list-&page=100", Topics);
        var groups = await MeasureAsync(http, "/api/groups?search=group-&page=100", Groups);
        var process = ProcessTree.ChildrenOf(cluster.Broker.Process.Id, "kafka-admin-console").Single();
        return
        [
            $"page of {Topics} topics {topics}, of {Groups} groups {groups}; console {BenchmarkTable.Number(ProcessFigures.ResidentMegabytes(process), "MB")}",
            "",
            "",
            "",
        ];
    }

    private static async Task<string> MeasureAsync(HttpClient http, string path, int total)
    {
        List<double> asked = [];
        List<double> kept = [];
        for (var repeat = 0; repeat < BenchmarkTable.Repeats; repeat++)
        {
            await Task.Delay(KeptFor);
            asked.Add(await OnceAsync(http, path, total));
            kept.Add(await OnceAsync(http, path, total));
        }

        return $"{BenchmarkTable.Number(BenchmarkTable.Median(kept), "ms")}, asked first {BenchmarkTable.Number(BenchmarkTable.Median(asked), "ms")}";
    }

    private static async Task<double> OnceAsync(HttpClient http, string path, int total)
    {
        var clock = Stopwatch.StartNew();
        var page = await http.GetStringAsync(path);
        return page.Contains($"\"total\":{total},", StringComparison.Ordinal)
            ? clock.Elapsed.TotalMilliseconds
            : throw new InvalidOperationException($"{path} does not count {total}: {page[..Math.Min(page.Length, 100)]}");
    }

    private static async Task FillAsync(BenchmarkCluster cluster)
    {
        await using var network = ClientNetwork.Open();
        await using var admin = new AdminClient(
            AdminConfig.FromProperties(new Dictionary<string, string>
            {
                ["bootstrap.servers"] = cluster.BootstrapServers,
                ["default.api.timeout.ms"] = "120000",
                ["request.timeout.ms"] = "60000",
            }),
            network);
        foreach (var names in Enumerable.Range(0, Topics).Select(number => $"list-{number}").Chunk(TopicsAtOnce))
        {
            foreach (var made in await admin.CreateTopicsAsync([.. names.Select(name => new NewTopic(name) { Partitions = 1, ReplicationFactor = 1 })]))
            {
                made.ThrowIfFailed();
            }
        }

        using var connection = await TypedConnection.OpenAsync(cluster.Broker.Port);
        await GroupRows.EnsureCoordinatorAsync(connection);
        for (var group = 0; group < Groups; group++)
        {
            while (await CommitAsync(connection, $"group-{group}") is var outcome && outcome != ErrorCode.None)
            {
                if (outcome != ErrorCode.CoordinatorLoadInProgress)
                {
                    throw new InvalidOperationException($"group-{group}: {outcome}");
                }

                await Task.Delay(100);
            }
        }
    }

    private static async Task<ErrorCode> CommitAsync(TypedConnection connection, string group)
    {
        var answer = await connection.AskAsync<OffsetCommitRequest, OffsetCommitResponse>(GroupRows.Commit(group, "list-0", [0]), CommitVersion);
        return answer.Topics[0].Partitions[0].ErrorCode;
    }

    [GeneratedRegex(@"#/sign-in\?token=([\w-]+)")]
    private static partial Regex Token();
}
