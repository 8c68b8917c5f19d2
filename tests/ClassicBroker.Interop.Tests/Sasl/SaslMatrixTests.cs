using System.Text;
using System.Text.Json;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Interop.Tests.Sasl;

/// <summary>Every client lets itself in by every mechanism it has, with and without TLS, with the right secret and with no other.</summary>
[Collection(SaslCollection.Name)]
public sealed class SaslMatrixTests(SaslBrokerFixture broker)
{
    private static readonly string Drivers = Path.Combine(AppContext.BaseDirectory, "Clients");

    [Theory]
    [InlineData("confluent")]
    [InlineData("kafka-python")]
    public async Task Python_clients_get_in_with_the_right_secret_only(string client) =>
        await AssertSessionsAsync("/usr/bin/python3", [Path.Combine(Drivers, "sasl_session.py"), client]);

    [Fact]
    public async Task Kafkajs_gets_in_with_the_right_secret_only() =>
        await AssertSessionsAsync("node", [Path.Combine(Drivers, "kafkajs_sasl.js")]);

    [Fact]
    public async Task Kcat_gets_in_with_the_right_secret_only()
    {
        // librdkafka makes tokens of its own, so that there is no wrong one to give it.
        var cells = broker.Cells.Where(cell => cell.IsRight || cell.Mechanism != "OAUTHBEARER").ToArray();
        var outcomes = await Task.WhenAll(cells.Select(cell => ChildProcess.RunAsync("kcat", ["-L", "-m", cell.IsRight ? "15" : "3", .. Librdkafka(cell)])));
        Assert.Equal(
            cells.Select(cell => cell.Expected), cells.Zip(outcomes, (cell, outcome) => $"{cell.Name} {(outcome.ExitCode == 0 ? "in" : "out")}"));
    }

    [Fact]
    public async Task Our_tools_get_in_with_the_right_secret_only()
    {
        var cells = broker.Cells.Where(cell => cell.IsRight || cell.Mechanism != "OAUTHBEARER").ToArray();
        var outcomes = await Task.WhenAll(cells.Select(cell => ChildProcess.RunAsync(
            RepositoryLayout.Script("kafka-topics.sh"),
            ["--bootstrap-server", cell.Bootstrap, "--list", "--command-config", broker.ClientProperties(Java(cell))])));
        foreach (var (cell, outcome) in cells.Zip(outcomes))
        {
            Assert.Equal(cell.Expected, $"{cell.Name} {(outcome.ExitCode == 0 ? "in" : "out")}");
            if (!cell.IsRight)
            {
                Assert.Contains("Error while executing topic command : Authentication failed", outcome.Text, StringComparison.Ordinal);
            }
        }
    }

    private static string[] Librdkafka(SaslCell cell) =>
    [
        "-b", cell.Bootstrap, "-X", $"security.protocol={cell.Protocol}", "-X", $"sasl.mechanism={cell.Mechanism}",
        "-X", $"ssl.ca.location={cell.Authority}",
        .. cell.Mechanism == "OAUTHBEARER"
            ? new[] { "-X", "enable.sasl.oauthbearer.unsecure.jwt=true", "-X", $"sasl.oauthbearer.config=principal={cell.User}" }
            : ["-X", $"sasl.username={cell.User}", "-X", $"sasl.password={cell.Secret}"],
    ];

    private static string[] Java(SaslCell cell) =>
    [
        $"security.protocol={cell.Protocol}", $"sasl.mechanism={cell.Mechanism}", "ssl.truststore.type=PEM",
        $"ssl.truststore.location={cell.Authority}",
        "sasl.jaas.config=org.apache.kafka.common.security." + cell.Mechanism switch
        {
            "PLAIN" => $"plain.PlainLoginModule required username=\"{cell.User}\" password=\"{cell.Secret}\";",
            "OAUTHBEARER" => $"oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub=\"{cell.User}\";",
            _ => $"scram.ScramLoginModule required username=\"{cell.User}\" password=\"{cell.Secret}\";",
        },
    ];

    private async Task AssertSessionsAsync(string program, string[] arguments)
    {
        var input = string.Concat(broker.Cells.Select(cell => JsonSerializer.Serialize(new
        {
            name = cell.Name,
            bootstrap = cell.Bootstrap,
            protocol = cell.Protocol,
            mechanism = cell.Mechanism,
            user = cell.User,
            secret = cell.Secret,
            ca = cell.Authority,
        }) + "\n"));
        var outcome = await ChildProcess.RunAsync(
            program, arguments, Encoding.UTF8.GetBytes(input), TimeSpan.FromSeconds(60),
            new Dictionary<string, string> { ["NODE_PATH"] = RepositoryLayout.NodeModules });
        Assert.Equal(
            string.Join('\n', broker.Cells.Select(cell => cell.Expected)), outcome.RequireSuccess().Text.Trim());
    }
}
