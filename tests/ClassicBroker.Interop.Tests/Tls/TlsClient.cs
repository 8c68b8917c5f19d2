using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Interop.Tests.Tls;

/// <summary>One of the clients, told to speak TLS in its own way: writes lines to a topic and reads them back.</summary>
internal sealed class TlsClient(string name, TlsBrokerFixture broker, bool showsCertificate)
{
    /// <summary>The exit code tells whether all lines were written.</summary>
    public Task<CommandOutcome> ProduceAsync(string bootstrap, string topic, string[] lines) => name switch
    {
        "console tools" => ChildProcess.RunAsync(
            RepositoryLayout.Script("kafka-console-producer.sh"),
            ["--bootstrap-server", bootstrap, "--topic", topic, "--producer.config", Properties()],
            Input(lines)),
        "kcat" => ChildProcess.RunAsync("kcat", ["-P", "-b", bootstrap, "-t", topic, "-p", "0", .. Librdkafka()], Input(lines)),
        _ => Foreign().RunAsync(
            ["produce", bootstrap, topic, "none"],
            Input([.. lines.Select(line => new ForeignRecord(null, System.Text.Encoding.UTF8.GetBytes(line)).ToJson())])),
    };

    public async Task<string[]> ConsumeAsync(string bootstrap, string topic, int count)
    {
        if (name is not ("console tools" or "kcat"))
        {
            var records = await Foreign().ConsumeAsync(bootstrap, topic, count);
            return [.. records.Select(record => System.Text.Encoding.UTF8.GetString(record.Value!))];
        }

        var outcome = name == "kcat"
            ? await ChildProcess.RunAsync(
                "kcat", ["-C", "-q", "-b", bootstrap, "-t", topic, "-p", "0", "-o", "beginning", "-c", $"{count}", .. Librdkafka()])
            : await ChildProcess.RunAsync(
                RepositoryLayout.Script("kafka-console-consumer.sh"),
                [
                    "--bootstrap-server", bootstrap, "--topic", topic, "--partition", "0", "--offset", "earliest",
                    "--max-messages", $"{count}", "--consumer.config", Properties(),
                ]);
        return outcome.RequireSuccess().Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static byte[] Input(string[] lines) => System.Text.Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n");

    private ForeignClient Foreign()
    {
        var client = name switch
        {
            "kafkajs" => ForeignClient.KafkaJs(),
            "confluent" => ForeignClient.Confluent(),
            _ => ForeignClient.KafkaPython(),
        };
        return client.WithTls(broker.Authority, showsCertificate ? broker.ClientCertificate : null, showsCertificate ? broker.ClientKey : null);
    }

    private string Properties() => broker.ClientProperties(showsCertificate ? broker.Showing : broker.Trusting);

    private string[] Librdkafka()
    {
        string[] trusting = ["-X", "security.protocol=ssl", "-X", $"ssl.ca.location={broker.Authority}", "-X", "message.timeout.ms=8000"];
        return showsCertificate
            ? [.. trusting, "-X", $"ssl.certificate.location={broker.ClientCertificate}", "-X", $"ssl.key.location={broker.ClientKey}"]
            : trusting;
    }
}
