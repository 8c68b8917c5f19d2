using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace ClassicBroker.Benchmarks.EndToEnd;

/// <summary>
/// What security costs: bytes through SASL_SSL beside the same through PLAINTEXT on the same broker, which stands in the column of limits,
/// and connections that are secured and closed again. Clients run on the same cores as the broker.
/// </summary>
internal static class SecurityRows
{
    private const int BatchBytes = 64 << 10;
    private const int FetchBytes = 1 << 20;
    private const int FramesPerRun = 4_096;
    private const long FetchedPerRun = 1L << 30;
    private const int Clients = 4;
    private const int ConnectionsPerRun = 2_000;
    private const string Topic = "bench-secured";

    public static async Task<string[]> ProduceAsync()
    {
        await using var cluster = await SecuredBroker.StartAsync();
        await cluster.CreateTopicAsync(Topic);
        var frame = WireFrames.Produce(Topic, acks: 1, 1024, BatchBytes, out var count);
        return await CompareAsync(cluster, connection => LoadRun.Send(connection, frame, count, FramesPerRun));
    }

    public static async Task<string[]> ConsumeAsync()
    {
        await using var cluster = await SecuredBroker.StartAsync();
        await cluster.CreateTopicAsync(Topic);
        var frame = WireFrames.Produce(Topic, acks: 1, 1024, BatchBytes, out var count);
        using (var connection = LoadConnection.Open(cluster.PlainPort))
        {
            LoadRun.Send(connection, frame, count, FramesPerRun);
        }

        const long Stored = (long)FramesPerRun * BatchBytes * 9 / 10;
        return await CompareAsync(cluster, connection => LoadRun.Fetch(connection, Topic, FetchBytes, Stored, FetchedPerRun));
    }

    public static async Task<string[]> HandshakesAsync()
    {
        await using var cluster = await SecuredBroker.StartAsync();
        return await RateAsync(cluster, "handshakes/s", "ms/handshake", () => HandshakeOnceAsync(cluster.TlsPort));
    }

    public static async Task<string[]> LoginsAsync()
    {
        await using var cluster = await SecuredBroker.StartAsync();
        return await RateAsync(cluster, "logins/s", "ms/login", () => LogInOnceAsync(cluster.SaslPort));
    }

    private static async Task<string[]> CompareAsync(SecuredBroker cluster, Func<LoadConnection, LoadRun> run)
    {
        List<double> secured = [], plain = [], cpu = [];
        for (var repeat = 0; repeat < BenchmarkTable.Repeats; repeat++)
        {
            using (var connection = LoadConnection.Open(cluster.PlainPort))
            {
                plain.Add((await Task.Run(() => run(connection))).MegabytesPerSecond);
            }

            var before = ProcessFigures.CpuSeconds(cluster.Broker.Process.Id);
            using (var connection = LoadConnection.OpenSasl(cluster.SaslTlsPort, SecuredBroker.User, tls: true))
            {
                var outcome = await Task.Run(() => run(connection));
                secured.Add(outcome.MegabytesPerSecond);
                cpu.Add((ProcessFigures.CpuSeconds(cluster.Broker.Process.Id) - before) / (outcome.Bytes / 1e9));
            }
        }

        var share = BenchmarkTable.Median(secured.Zip(plain, (one, other) => one / other));
        return
        [
            BenchmarkTable.Number(BenchmarkTable.Median(secured), "MB/s"), $"{BenchmarkTable.Number(BenchmarkTable.Median(plain), "MB/s")} PLAINTEXT",
            $"{share:P0}", BenchmarkTable.Number(BenchmarkTable.Median(cpu)),
        ];
    }

    /// <summary>Connections made, secured and closed by a few clients at once.</summary>
    private static async Task<string[]> RateAsync(SecuredBroker cluster, string unit, string costUnit, Func<Task> connect)
    {
        List<double> rates = [], costs = [];
        for (var repeat = 0; repeat < BenchmarkTable.Repeats; repeat++)
        {
            var before = ProcessFigures.CpuSeconds(cluster.Broker.Process.Id);
            var clock = Stopwatch.StartNew();
            await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => Task.Run(async () =>
            {
                for (var made = 0; made < ConnectionsPerRun / Clients; made++)
                {
                    await connect();
                }
            })));
            rates.Add(ConnectionsPerRun / clock.Elapsed.TotalSeconds);
            costs.Add((ProcessFigures.CpuSeconds(cluster.Broker.Process.Id) - before) / ConnectionsPerRun * 1000);
        }

        return
        [
            $"{BenchmarkTable.Number(Math.Round(BenchmarkTable.Median(rates)), unit)}", "", "",
            $"{BenchmarkTable.Number(BenchmarkTable.Median(costs))} {costUnit}",
        ];
    }

    /// <summary>A whole handshake: the client takes up no session of before.</summary>
    private static async Task HandshakeOnceAsync(int port)
    {
        using var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(IPAddress.Loopback, port);
        await using var tls = new SslStream(client.GetStream());
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            AllowTlsResume = false,
            RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate?.Subject == "CN=localhost",
        });
    }

    private static async Task LogInOnceAsync(int port)
    {
        using var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(IPAddress.Loopback, port);
        if (await SecuredBroker.User.LogInAsync(client.GetStream()) != 0)
        {
            throw new InvalidOperationException("The broker refuses the login.");
        }
    }
}
