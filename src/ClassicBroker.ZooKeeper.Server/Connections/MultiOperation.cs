using ClassicBroker.Primitives;
using ClassicBroker.ZooKeeper.Jute;
using ClassicBroker.ZooKeeper.Server.Txns;

namespace ClassicBroker.ZooKeeper.Server.Connections;

/// <summary>A change a client asks for, on its own or in a multi.</summary>
internal readonly record struct MultiOperation(
    OpCode Type, CreateRequest Create, string Path, byte[]? Data, IReadOnlyList<ZnodeAcl> Acl, int Version)
{
    public static MultiOperation Read(ref JuteReader body, OpCode type)
    {
        switch (type)
        {
            case OpCode.Create or OpCode.Create2 or OpCode.CreateContainer or OpCode.CreateTtl:
                var create = CreateRequest.Read(ref body, type);
                return new MultiOperation(type, create, create.Path, create.Data, create.Acl, 0);
            case OpCode.Delete or OpCode.Check:
                return new MultiOperation(type, default, body.ReadString(), null, [], body.ReadInt());
            case OpCode.SetData:
                return new MultiOperation(type, default, body.ReadString(), body.ReadNullableBytes(), [], body.ReadInt());
            case OpCode.SetAcl:
                return new MultiOperation(type, default, body.ReadString(), null, body.ReadAcl(), body.ReadInt());
            default:
                throw new MalformedDataException($"operation of type {(int)type} where a change must be");
        }
    }

    public static IReadOnlyList<MultiOperation> ReadAll(ref JuteReader body)
    {
        var operations = new List<MultiOperation>();
        for (var header = MultiHeader.Read(ref body); !header.Done; header = MultiHeader.Read(ref body))
        {
            operations.Add(Read(ref body, header.Type));
        }

        return operations;
    }

    /// <summary>The transaction this becomes, or null and the reason.</summary>
    public Txn? Prepare(TxnPreparer preparer, out ZooKeeperError error) => Type switch
    {
        OpCode.Delete => preparer.Delete(Path, Version, out error),
        OpCode.Check => preparer.Check(Path, Version, out error),
        OpCode.SetData => preparer.SetData(Path, Data, Version, out error),
        OpCode.SetAcl => preparer.SetAcl(Path, Acl, Version, out error),
        _ => preparer.Create(Type, Create, out error),
    };
}
