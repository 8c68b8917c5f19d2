using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Cluster.Tests;

/// <summary>The tools in an operator's shell: completion that asks the cluster, documents that other programs read, and no colours in pipes.</summary>
public sealed class ShellTests : IDisposable
{
    private readonly ScratchDirectory _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task Bash_completes_live_names_and_YAML_is_read_by_others()
    {
        await using var zooKeeper = await new ZooKeeperServerProcess(_scratch.File("zookeeper")).StartAsync();
        await using var broker = await new KafkaServerProcess(_scratch.File("broker"), zooKeeper.ConnectString).StartAsync();
        string[] connection = ["--bootstrap-server", broker.BootstrapServers];
        await Tool.RunAsync("kafka-topics.sh", [.. connection, "--create", "--topic", "orders-eu", "--config", "retention.ms=5000"]);
        await Tool.RunAsync("kafka-topics.sh", [.. connection, "--create", "--topic", "orders-us"]);
        await Tool.RunAsync(
            "kafka-consumer-groups.sh", [.. connection, "--group", "billing", "--reset-offsets", "--to-earliest", "--topic", "orders-eu", "--execute"]);

        Assert.Equal("orders-eu orders-us", await CompleteAsync($"kafka-topics.sh --bootstrap-server {broker.BootstrapServers} --describe --topic or"));
        Assert.Equal("billing", await CompleteAsync($"kafka-consumer-groups.sh --bootstrap-server {broker.BootstrapServers} --describe --group "));
        Assert.Equal(
            "retention.ms",
            await CompleteAsync($"kafka-configs.sh --bootstrap-server {broker.BootstrapServers} --alter --topic orders-eu --delete-config "));
        Assert.Equal("--under-min-isr-partitions --under-replicated-partitions", await CompleteAsync("kafka-topics.sh --describe --under"));

        await ReadAsOthersDoAsync("kafka-topics.sh", [.. connection, "--describe"]);
        await ReadAsOthersDoAsync("kafka-consumer-groups.sh", [.. connection, "--describe", "--all-groups"]);
        await ReadAsOthersDoAsync("kafka-broker-api-versions.sh", connection);
        var table = (await Tool.RunAsync("kafka-topics.sh", [.. connection, "--list", "--output", "table"])).Text;
        Assert.DoesNotContain('\u001b', table);
        Assert.Contains("\norders-eu  ", table, StringComparison.Ordinal);
    }

    /// <summary>What the completion function makes of a line whose words bash would have broken at its own characters.</summary>
    private static async Task<string> CompleteAsync(string line)
    {
        var words = line.Split(' ').SelectMany(word => word.Contains(':', StringComparison.Ordinal) ? word.Replace(":", "\n:\n", StringComparison.Ordinal).Split('\n') : [word]);
        var quoted = string.Join(' ', words.Select(word => $"'{word}'"));
        var outcome = await ChildProcess.RunAsync(
            "/bin/bash",
            [
                "-c",
                $"source '{RepositoryLayout.Root}/conf/completion/kafka.bash'; COMP_WORDS=({quoted}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); "
                + "_kafka_tools \"${COMP_WORDS[0]}\"; printf '%s\\n' \"${COMPREPLY[@]}\"; complete -p kafka-topics.sh > /dev/null",
            ],
            environment: new Dictionary<string, string>
            {
                ["PATH"] = $"{Path.Combine(RepositoryLayout.Root, "scripts")}:{Environment.GetEnvironmentVariable("PATH")}",
            });
        return string.Join(' ', outcome.RequireSuccess().Text.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>Python finds in the YAML what it finds in the JSON.</summary>
    private async Task ReadAsOthersDoAsync(string tool, string[] words)
    {
        foreach (var form in new[] { "json", "yaml" })
        {
            await File.WriteAllTextAsync(_scratch.File(form), (await Tool.RunAsync(tool, [.. words, "--output", form])).Text);
        }

        (await ChildProcess.RunAsync(
            "/usr/bin/python3",
            [
                "-c",
                "import json, sys, yaml; a = json.load(open(sys.argv[1])); b = yaml.safe_load(open(sys.argv[2])); assert a == b and len(a) == 2, (a, b)",
                _scratch.File("json"), _scratch.File("yaml"),
            ])).RequireSuccess();
    }
}
