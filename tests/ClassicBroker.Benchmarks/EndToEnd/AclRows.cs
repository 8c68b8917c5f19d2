using System.Diagnostics;
using System.Net;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;
using ClassicBroker.Server.Security.Acls;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClassicBroker.Benchmarks.EndToEnd;

/// <summary>What authorization costs with ten thousand ACLs: a decision by itself, and requests small enough that it shows.</summary>
internal static class AclRows
{
    private const int Acls = 10_000;
    private const int Prefixes = 500;
    private const int Decisions = 2_000_000;
    private const int Frames = 100_000;
    private const string Topic = "bench-acl";

    private static readonly string[] Names = [.. Enumerable.Range(0, 997).Select(number => $"orders-{number * 7}-eu")];

    /// <summary>Decisions a second of the authorizer itself, on one core: names with lists, with prefixes, and with none.</summary>
    public static string[] Checks()
    {
        var authorizer = new AclAuthorizer(
            new AclAuthorizerConfig(new HashSet<KafkaPrincipal>(), false), new AuthorizerTrace(NullLoggerFactory.Instance))
        {
            Image = AclImage.Empty.With(
                [
                    .. Lists(Acls - 1, Topic).GroupBy(acl => acl.Resource)
                        .Select(list => (list.Key, (IReadOnlyCollection<AclEntry>)[.. list.Select(acl => acl.Entry)])),
                ]),
        };
        var requester = new Requester(new KafkaPrincipal(KafkaPrincipal.UserType, "app"), IPAddress.Loopback, ApiKey.Produce);
        List<double> rates = [];
        for (var repeat = 0; repeat < BenchmarkTable.Repeats; repeat++)
        {
            var clock = Stopwatch.StartNew();
            for (var i = 0; i < Decisions; i++)
            {
                authorizer.Authorize(requester, AclOperation.Write, AclResourceType.Topic, Names[i % Names.Length], logsDenial: false);
            }

            rates.Add(Decisions / clock.Elapsed.TotalSeconds);
        }

        return [$"{BenchmarkTable.Number(Math.Round(BenchmarkTable.Median(rates)), "checks/s")} with {Acls} ACLs", "", "", ""];
    }

    /// <summary>
    /// One record a request by a user whose right is one of ten thousand ACLs, beside the same broker without an authorizer: the share is
    /// what authorization leaves.
    /// </summary>
    public static async Task<string[]> ProduceAsync()
    {
        await using var open = await SecuredBroker.StartAsync();
        await using var guarded = await SecuredBroker.StartAsync(authorizes: true);
        await open.CreateTopicAsync(Topic);
        await guarded.CreateTopicAsync(Topic);
        await guarded.CreateAclsAsync(Acls, Topic);
        var frame = WireFrames.Produce(Topic, acks: 1, 1024, batchBytes: 0, out var count);
        List<double> without = [], with = [], cpu = [];
        for (var repeat = 0; repeat <= BenchmarkTable.Repeats; repeat++)
        {
            var free = Run(open);
            var before = ProcessFigures.CpuSeconds(guarded.Broker.Process.Id);
            var bound = Run(guarded);

            // The first pair finds both brokers cold.
            if (repeat > 0)
            {
                without.Add(free.RecordsPerSecond);
                with.Add(bound.RecordsPerSecond);
                cpu.Add((ProcessFigures.CpuSeconds(guarded.Broker.Process.Id) - before) / (bound.Bytes / 1e9));
            }
        }

        var share = BenchmarkTable.Median(with.Zip(without, (one, other) => one / other));
        return
        [
            $"{BenchmarkTable.Number(Math.Round(BenchmarkTable.Median(with)), "requests/s")} with {Acls} ACLs",
            $"{BenchmarkTable.Number(Math.Round(BenchmarkTable.Median(without)), "requests/s")} without authorizer",
            $"{share:P1}",
            BenchmarkTable.Number(BenchmarkTable.Median(cpu)),
        ];

        LoadRun Run(SecuredBroker broker)
        {
            using var connection = LoadConnection.OpenSasl(broker.SaslPort, SecuredBroker.User, tls: false);
            return LoadRun.Send(connection, frame, count, Frames);
        }
    }

    /// <summary>Lists of topics, one in twenty by prefix, and behind them the right of the user <c>app</c> to write to a topic.</summary>
    public static List<(AclResource Resource, AclEntry Entry)> Lists(int count, string topic) =>
    [
        .. Enumerable.Range(0, count).Select(number => (
            number % 20 == 0 && number / 20 < Prefixes
                ? new AclResource(AclResourceType.Topic, $"orders-{number}", AclPatternType.Prefixed)
                : new AclResource(AclResourceType.Topic, $"orders-{number}-eu", AclPatternType.Literal),
            new AclEntry($"User:user-{number % 100}", AclPermission.Allow, "*", AclOperation.Write))),
        (new AclResource(AclResourceType.Topic, topic, AclPatternType.Literal), new AclEntry("User:app", AclPermission.Allow, "*", AclOperation.Write)),
    ];
}
