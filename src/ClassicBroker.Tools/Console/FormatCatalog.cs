using ClassicBroker.Tools.Coordinators;

namespace ClassicBroker.Tools.Console;

/// <summary>The console consumer's formatters by the names of Kafka's classes, those of before 3.9 included. Stateless.</summary>
internal static class FormatCatalog
{
    public const string Default = Package + "DefaultMessageFormatter";

    private const string Package = "org.apache.kafka.tools.consumer.";
    private const string OldPackage = "kafka.tools.";

    /// <summary>The formatter of a class; null where there is none.</summary>
    public static IRecordFormat? Find(string className, IReadOnlyDictionary<string, string> properties, ToolHost host)
    {
        var name = Renamed(className) ?? className;
        if (name != className)
        {
            host.Error.WriteLine(
                $"WARNING: {className} is deprecated and will be removed in the next major release. Please use {name} instead");
        }

        return name switch
        {
            // What LoggingMessageFormatter logs besides is below the level of Kafka's tools.
            Default or Package + "LoggingMessageFormatter" => new MessageFormat(properties),
            Package + "NoOpMessageFormatter" => new NoOpFormat(),
            Package + "OffsetsMessageFormatter" => new CoordinatorFormat(CoordinatorRecordKind.Offset),
            Package + "GroupMetadataMessageFormatter" => new CoordinatorFormat(CoordinatorRecordKind.Group),
            Package + "TransactionLogMessageFormatter" => new CoordinatorFormat(CoordinatorRecordKind.Transaction),
            OldPackage + "ChecksumMessageFormatter" => new ChecksumFormat(properties.GetValueOrDefault("topic")),
            _ => null,
        };
    }

    /// <summary>What a class is called now; null where it still has its name.</summary>
    private static string? Renamed(string className) =>
        className switch
        {
            OldPackage + "DefaultMessageFormatter" => Default,
            OldPackage + "LoggingMessageFormatter" => Package + "LoggingMessageFormatter",
            OldPackage + "NoOpMessageFormatter" => Package + "NoOpMessageFormatter",
            "kafka.coordinator.group.GroupMetadataManager$OffsetsMessageFormatter" => Package + "OffsetsMessageFormatter",
            "kafka.coordinator.group.GroupMetadataManager$GroupMetadataMessageFormatter" => Package + "GroupMetadataMessageFormatter",
            "kafka.coordinator.transaction.TransactionLog$TransactionLogMessageFormatter" => Package + "TransactionLogMessageFormatter",
            _ => null,
        };
}
