using Microsoft.Extensions.DependencyInjection;

namespace ClassicBroker.Client.Serialization;

/// <summary>
/// Finds how keys and values become bytes: registered under the client's key, registered at all, or built in. Stateless.
/// </summary>
internal static class SerdeServices
{
    private static readonly Dictionary<Type, object> BuiltIn = new()
    {
        [typeof(string)] = Serdes.String,
        [typeof(byte[])] = Serdes.ByteArray,
        [typeof(ReadOnlyMemory<byte>)] = Serdes.Memory,
        [typeof(int)] = Serdes.Int32,
        [typeof(long)] = Serdes.Int64,
        [typeof(double)] = Serdes.Double,
        [typeof(Guid)] = Serdes.Guid,
        [typeof(object)] = Serdes.Null,
    };

    /// <exception cref="InvalidOperationException">There is none.</exception>
    public static ISerializer<T> Serializer<T>(IServiceProvider services, object? key) =>
        Find<ISerializer<T>>(services, key, typeof(T));

    /// <exception cref="InvalidOperationException">There is none.</exception>
    public static IDeserializer<T> Deserializer<T>(IServiceProvider services, object? key) =>
        Find<IDeserializer<T>>(services, key, typeof(T));

    private static TSerde Find<TSerde>(IServiceProvider services, object? key, Type type)
        where TSerde : class
    {
        var registered = key is null ? null : services.GetKeyedService<TSerde>(key);
        var found = registered ?? services.GetService<TSerde>() ?? BuiltIn.GetValueOrDefault(type) as TSerde;
        return found ?? throw new InvalidOperationException(
            $"Nothing turns {type} into bytes or back: register {typeof(TSerde)} as a service, such as Serdes.Json of its JsonTypeInfo.");
    }
}
