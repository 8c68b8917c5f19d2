using ClassicBroker.Primitives;
using ClassicBroker.ZooKeeper.Jute;
using ClassicBroker.ZooKeeper.Server.Tree;

namespace ClassicBroker.ZooKeeper.Server.Txns;

/// <summary>
/// Transactions as Apache ZooKeeper's log holds them: a header (session, xid, zxid, time, type) and a body by type. A digest that newer
/// servers put behind the body is not read.
/// </summary>
internal static class TxnCodec
{
    public static void Write(JuteWriter writer, in TxnHeader header, Txn txn)
    {
        writer.WriteLong(header.SessionId);
        writer.WriteInt(header.Xid);
        writer.WriteLong(header.Zxid);
        writer.WriteLong(header.TimeMs);
        writer.WriteInt((int)txn.Type);
        WriteBody(writer, txn);
    }

    public static (TxnHeader Header, Txn Txn) Read(ref JuteReader reader)
    {
        var sessionId = reader.ReadLong();
        var xid = reader.ReadInt();
        var zxid = reader.ReadLong();
        var timeMs = reader.ReadLong();
        var type = (OpCode)reader.ReadInt();
        return (new TxnHeader(sessionId, xid, zxid, timeMs), ReadBody(ref reader, type, sessionId));
    }

    private static void WriteBody(JuteWriter writer, Txn txn)
    {
        switch (txn)
        {
            case CreateTxn create:
                WriteCreate(writer, create);
                break;
            case DeleteTxn delete:
                writer.WriteString(delete.Path);
                break;
            case SetDataTxn set:
                writer.WriteString(set.Path);
                writer.WriteNullableBuffer(set.Data);
                writer.WriteInt(set.Version);
                break;
            case SetAclTxn set:
                writer.WriteString(set.Path);
                writer.WriteAcl(set.Acl);
                writer.WriteInt(set.Aversion);
                break;
            case CheckTxn check:
                writer.WriteString(check.Path);
                writer.WriteInt(check.Version);
                break;
            case MultiTxn multi:
                WriteMulti(writer, multi);
                break;
            case CreateSessionTxn create:
                writer.WriteInt(create.TimeoutMs);
                break;
            case CloseSessionTxn close:
                writer.WriteStrings(close.Paths ?? []);
                break;
            default:
                throw new InvariantViolatedException($"Transactions of type {txn.Type} are never written");
        }
    }

    private static void WriteCreate(JuteWriter writer, CreateTxn create)
    {
        writer.WriteString(create.Path);
        writer.WriteNullableBuffer(create.Data);
        writer.WriteAcl(create.Acl);
        if (create.Type is not (OpCode.CreateContainer or OpCode.CreateTtl))
        {
            writer.WriteBool(EphemeralOwner.IsSession(create.Owner));
        }

        writer.WriteInt(create.ParentCreateCount);
        if (create.Type == OpCode.CreateTtl)
        {
            writer.WriteLong(EphemeralOwner.TtlMsOf(create.Owner));
        }
    }

    private static void WriteMulti(JuteWriter writer, MultiTxn multi)
    {
        writer.WriteInt(multi.Txns.Count);
        foreach (var inner in multi.Txns)
        {
            writer.WriteInt((int)inner.Type);
            var start = writer.BeginCounted();
            WriteBody(writer, inner);
            writer.EndCounted(start);
        }
    }

    private static Txn ReadBody(ref JuteReader reader, OpCode type, long sessionId) => type switch
    {
        OpCode.Create or OpCode.Create2 or OpCode.CreateContainer or OpCode.CreateTtl => ReadCreate(ref reader, type, sessionId),
        OpCode.Delete or OpCode.DeleteContainer => new DeleteTxn(type, reader.ReadString()),
        OpCode.SetData => new SetDataTxn(reader.ReadString(), reader.ReadNullableBytes(), reader.ReadInt()),
        OpCode.SetAcl => new SetAclTxn(reader.ReadString(), reader.ReadAcl(), reader.ReadInt()),
        OpCode.Check => new CheckTxn(reader.ReadString(), reader.ReadInt()),
        OpCode.Multi => ReadMulti(ref reader, sessionId),
        OpCode.Error => new ErrorTxn((ZooKeeperError)reader.ReadInt()),
        OpCode.CreateSession => new CreateSessionTxn(reader.ReadInt()),
        OpCode.CloseSession => new CloseSessionTxn(reader.Remaining == 0 ? null : reader.ReadStrings()),
        _ => throw new MalformedDataException($"transaction type {(int)type} is not known here"),
    };

    private static CreateTxn ReadCreate(ref JuteReader reader, OpCode type, long sessionId)
    {
        var path = reader.ReadString();
        var data = reader.ReadNullableBytes();
        var acl = reader.ReadAcl();
        if (type == OpCode.CreateTtl)
        {
            var count = reader.ReadInt();
            return new CreateTxn(type, path, data, acl, EphemeralOwner.OfTtl(reader.ReadLong() & EphemeralOwner.TtlMaxMs), count);
        }

        var owner = type == OpCode.CreateContainer ? EphemeralOwner.Container
            : reader.ReadBool() ? sessionId
            : EphemeralOwner.None;
        return new CreateTxn(type, path, data, acl, owner, reader.ReadInt());
    }

    private static MultiTxn ReadMulti(ref JuteReader reader, long sessionId)
    {
        var txns = new Txn[reader.ReadVectorCount(2 * sizeof(int))];
        for (var i = 0; i < txns.Length; i++)
        {
            var type = (OpCode)reader.ReadInt();
            var body = new JuteReader(reader.ReadBuffer());
            txns[i] = ReadBody(ref body, type, sessionId);
        }

        return new MultiTxn(txns);
    }
}
