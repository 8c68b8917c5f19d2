using System.Diagnostics.CodeAnalysis;

namespace ClassicBroker.Protocol;

/// <content>Lookups over the generated list.</content>
public static partial class ApiCatalog
{
    public static IReadOnlyList<ApiDescriptor> All => Descriptors;

    public static bool TryGet(short key, [NotNullWhen(true)] out ApiDescriptor? api)
    {
        api = (ushort)key < ByKey.Length ? ByKey[key] : null;
        return api is not null;
    }

    public static ApiDescriptor Get(ApiKey key) =>
        TryGet((short)key, out var api) ? api : throw new ArgumentOutOfRangeException(nameof(key), key, "no such API");

    private static ApiDescriptor?[] Index(ApiDescriptor[] descriptors)
    {
        var index = new ApiDescriptor?[(short)descriptors[^1].Key + 1];
        foreach (var descriptor in descriptors)
        {
            index[(short)descriptor.Key] = descriptor;
        }

        return index;
    }
}
