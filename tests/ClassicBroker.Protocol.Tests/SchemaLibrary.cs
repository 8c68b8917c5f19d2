using ClassicBroker.Protocol.Generator;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Protocol.Tests;

/// <summary>The schemas as the generator reads them, and the classes it made of them.</summary>
internal static class SchemaLibrary
{
    private static readonly SchemaFile[] Files =
    [
        .. Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Schemas"), "*.schema")
            .Order(StringComparer.Ordinal)
            .Select(path => SchemaParser.Parse(File.ReadAllText(path))),
    ];

    public static IReadOnlyList<ApiSchema> Apis { get; } = [.. Files.SelectMany(file => file.Apis).OrderBy(api => api.Key)];

    public static IReadOnlyDictionary<string, MessageSchema> Messages { get; } =
        Apis.SelectMany(api => new[] { api.Request, api.Response })
            .Concat(Files.SelectMany(file => file.Data))
            .ToDictionary(message => message.Name, StringComparer.Ordinal);

    public static TheoryData<string> MessageNames => [.. Messages.Keys.Order(StringComparer.Ordinal)];

    public static IEnumerable<short> VersionsOf(MessageSchema message) =>
        Enumerable.Range(message.Versions.Low, message.Versions.High - message.Versions.Low + 1).Select(version => (short)version);

    public static IMessage NewMessage(string name) =>
        (IMessage)Activator.CreateInstance(typeof(FetchRequest).Assembly.GetType($"ClassicBroker.Protocol.Messages.{name}", throwOnError: true)!)!;
}
