namespace ClassicBroker.Tools.Configs;

/// <summary>
/// What <c>kafka-configs.sh</c> does, by brokers or by ZooKeeper. What it refuses itself it throws as <see cref="ToolException"/> with
/// the message to print.
/// </summary>
internal interface IConfigService : IAsyncDisposable
{
    Task AlterAsync(IReadOnlyList<ConfigEntity> entities, IReadOnlyDictionary<string, string> added, IReadOnlyList<string> deleted);

    Task DescribeAsync(IReadOnlyList<ConfigEntity> entities, bool includesDefaults);
}
