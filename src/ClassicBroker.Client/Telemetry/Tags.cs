using System.Diagnostics;
using System.Globalization;
using ClassicBroker.Primitives;

namespace ClassicBroker.Client.Telemetry;

/// <summary>The attributes of OpenTelemetry's conventions for messaging. Stateless.</summary>
internal static class Tags
{
    public const string System = "messaging.system";
    public const string Kafka = "kafka";
    public const string OperationName = "messaging.operation.name";
    public const string OperationType = "messaging.operation.type";
    public const string Destination = "messaging.destination.name";
    public const string Partition = "messaging.destination.partition.id";
    public const string Group = "messaging.consumer.group.name";
    public const string ClientId = "messaging.client.id";
    public const string Offset = "messaging.kafka.offset";
    public const string MessageKey = "messaging.kafka.message.key";
    public const string Tombstone = "messaging.kafka.message.tombstone";
    public const string BatchCount = "messaging.batch.message_count";
    public const string Error = "error.type";
    public const string ServerAddress = "server.address";
    public const string ServerPort = "server.port";

    /// <summary>What every measurement has.</summary>
    public static TagList Of(string operation, string type, string? topic, string? group)
    {
        var tags = new TagList { { System, Kafka }, { OperationName, operation }, { OperationType, type } };
        if (topic is not null)
        {
            tags.Add(Destination, topic);
        }

        if (group is not null)
        {
            tags.Add(Group, group);
        }

        return tags;
    }

    public static void AddFailure(ref TagList tags, Exception? failure)
    {
        if (failure is not null)
        {
            tags.Add(Error, ErrorOf(failure));
        }
    }

    /// <summary>The broker's error where it was one, else the type of the exception.</summary>
    public static string ErrorOf(Exception failure) =>
        failure is KafkaException { Code: not ErrorCode.None } refusal ? refusal.Code.ToString() : failure.GetType().FullName!;

    /// <summary>Conventions have partitions as text.</summary>
    public static string Number(int partition) => partition.ToString(CultureInfo.InvariantCulture);
}
