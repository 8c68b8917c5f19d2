using System.Reflection;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Server.Tests.InProcess;

namespace ClassicBroker.Server.Tests.Hostile;

/// <summary>
/// Makes a request in which every field that its version has holds something: each array an element, each name the name of a topic. What
/// a version refuses to carry stays at its default.
/// </summary>
internal sealed class SampleRequest
{
    private readonly IRequest _request;
    private readonly short _version;
    private readonly string _name;

    private SampleRequest(IRequest request, short version, string name) => (_request, _version, _name) = (request, version, name);

    public static IRequest Of(ApiDescriptor api, short version, string name)
    {
        var sample = new SampleRequest(api.NewRequest(), version, name);
        sample.Fill(sample._request);
        return sample._request;
    }

    private void Fill(object owner)
    {
        foreach (var property in owner.GetType().GetProperties().Where(property => property.CanWrite))
        {
            var before = property.GetValue(owner);
            property.SetValue(owner, Value(property.Name, property.PropertyType));
            try
            {
                _request.Size(_version);
            }
            catch (UnsupportedVersionException)
            {
                property.SetValue(owner, before);
                continue;
            }

            FillBelow(property, owner);
        }
    }

    private void FillBelow(PropertyInfo property, object owner)
    {
        var value = property.GetValue(owner);
        if (value is Array { Length: > 0 } array && IsStructure(property.PropertyType.GetElementType()!))
        {
            Fill(array.GetValue(0)!);
        }
        else if (value is not null && IsStructure(property.PropertyType))
        {
            Fill(value);
        }
    }

    private static bool IsStructure(Type type) => type.IsClass && type != typeof(string) && !type.IsArray;

    private object? Value(string name, Type type)
    {
        if (type.IsArray && type != typeof(byte[]))
        {
            var array = Array.CreateInstance(type.GetElementType()!, 1);
            array.SetValue(Value(name, type.GetElementType()!), 0);
            return array;
        }

        return type switch
        {
            _ when type == typeof(string) => _name,
            _ when type == typeof(byte[]) => "bytes"u8.ToArray(),
            _ when type == typeof(bool) => true,
            _ when type == typeof(sbyte) => (sbyte)1,
            _ when type == typeof(short) => (short)1,
            _ when type == typeof(int) => 1,
            _ when type == typeof(long) => 1L,
            _ when type == typeof(double) => 1.0,
            _ when type == typeof(Uuid) => new Uuid(1, 1),
            _ when type == typeof(ErrorCode) => ErrorCode.None,
            _ when type == typeof(RecordsPayload) => new RecordsPayload(BrokerClient.Batch("hostile")),
            _ => Activator.CreateInstance(type),
        };
    }
}
