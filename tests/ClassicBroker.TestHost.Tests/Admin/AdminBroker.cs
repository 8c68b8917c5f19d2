using System.Net;
using System.Net.Sockets;
using ClassicBroker.Client;
using ClassicBroker.Primitives;

namespace ClassicBroker.TestHost.Tests.Admin;

/// <summary>
/// One broker with an authorizer, SASL and delegation tokens, an admin client that logs in at it, and another whose broker never answers.
/// Threading: one test at a time.
/// </summary>
public sealed class AdminBroker : IAsyncLifetime
{
    private readonly TcpListener _silent = new(IPAddress.Loopback, 0);
    private TestKafka? _kafka;
    private AdminClient? _admin;
    private AdminClient? _unanswered;
    private int _names;

    /// <summary>Of a super user.</summary>
    public AdminClient Admin => _admin!;

    /// <summary>An admin client whose calls go out and get no answer.</summary>
    public AdminClient Unanswered => _unanswered!;

    public string BootstrapServers => _kafka!.BootstrapServers;

    public string NewName() => $"name-{++_names}";

    public async ValueTask InitializeAsync()
    {
        _silent.Start();
        var port = FreePort();
        _kafka = await TestKafka.StartAsync(properties: new Dictionary<string, string>
        {
            ["listeners"] = $"PLAINTEXT://127.0.0.1:0,SASL_PLAINTEXT://127.0.0.1:{port}",
            ["sasl.enabled.mechanisms"] = "PLAIN",
            ["listener.name.sasl_plaintext.plain.sasl.jaas.config"] =
                "org.apache.kafka.common.security.plain.PlainLoginModule required user_admin=\"secret\";",
            ["authorizer.class.name"] = "kafka.security.authorizer.AclAuthorizer",
            ["super.users"] = "User:ANONYMOUS;User:admin",
            ["delegation.token.secret.key"] = "test",
        });
        _admin = new AdminClient(Config($"127.0.0.1:{port}"));
        _unanswered = new AdminClient(Config($"127.0.0.1:{((IPEndPoint)_silent.LocalEndpoint).Port}"));
    }

    public async ValueTask DisposeAsync()
    {
        await _admin!.DisposeAsync();
        await _unanswered!.DisposeAsync();
        await _kafka!.DisposeAsync();
        _silent.Dispose();
    }

    /// <summary>A topic of one partition that holds records.</summary>
    public async Task<TopicPartition> NewTopicAsync(int records = 0)
    {
        var topic = NewName();
        (await Admin.CreateTopicsAsync([new NewTopic(topic) { Partitions = 1, ReplicationFactor = 1 }]))[0].ThrowIfFailed();
        await using var producer = new KafkaProducer<string?, string?>(
            ProducerConfig.ForReliability(BootstrapServers), Serdes.String, Serdes.String);
        for (var i = 0; i < records; i++)
        {
            await producer.ProduceAsync(topic, null, $"{i}");
        }

        return new TopicPartition(topic, 0);
    }

    /// <summary>A group without members that has committed offset 1 of a partition.</summary>
    public async Task<string> NewGroupAsync(TopicPartition partition)
    {
        var group = NewName();
        var committed = await Admin.AlterGroupOffsetsAsync(
            group, new Dictionary<TopicPartition, GroupOffset> { [partition] = new(1, -1, "note") });
        Assert.Null(Assert.Single(committed).Failure);
        return group;
    }

    private static AdminConfig Config(string bootstrapServers) => AdminConfig.FromProperties(new Dictionary<string, string>
    {
        ["bootstrap.servers"] = bootstrapServers,
        ["security.protocol"] = "SASL_PLAINTEXT",
        ["sasl.mechanism"] = "PLAIN",
        ["sasl.jaas.config"] = "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"admin\" password=\"secret\";",
    });

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
