using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace PcEmu.Cpu.Interpreter;

// Moves, shuffles, insertion.

/// <summary>A move.</summary>
internal readonly struct TakeSource : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => b;
}

/// <summary>MOVSS between registers.</summary>
internal readonly struct MoveLow4 : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => a.AsUInt32().WithElement(0, b.AsUInt32().ToScalar()).AsByte();
}

/// <summary>MOVSD between registers, MOVLPS.</summary>
internal readonly struct MoveLow8 : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => Vector128.Create(b.GetLower(), a.GetUpper());
}

/// <summary>MOVHPS, MOVLHPS.</summary>
internal readonly struct MoveHigh8 : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => Vector128.Create(a.GetLower(), b.GetLower());
}

/// <summary>MOVHLPS.</summary>
internal readonly struct MoveHighToLow : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => Vector128.Create(b.GetUpper(), a.GetUpper());
}

/// <summary>MOVQ.</summary>
internal readonly struct ZeroExtend8 : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => Vector128.Create(b.GetLower(), default);
}

internal readonly struct Movsldup : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => Vector128.Shuffle(b.AsUInt32(), Vector128.Create(0u, 0, 2, 2)).AsByte();
}

internal readonly struct Movshdup : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => Vector128.Shuffle(b.AsUInt32(), Vector128.Create(1u, 1, 3, 3)).AsByte();
}

internal readonly struct Movddup : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => Vector128.Create(b.GetLower(), b.GetLower());
}

internal readonly struct Pshufb : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => Vector128.Shuffle(a, b & Vector128.Create((byte)0x8F));
}

/// <summary>PSHUFB on 8 bytes.</summary>
internal readonly struct PshufbHalf : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => Vector128.Shuffle(a, b & Vector128.Create((byte)0x87));
}

internal readonly struct Unpcklps : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => Punpckldq.Do(a, b);
}

internal readonly struct Unpckhps : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => Punpckhdq.Do(a, b);
}

internal readonly struct Pmovsxbw : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => Vector128.WidenLower(b.AsSByte()).AsByte();
}

internal readonly struct Pmovzxbw : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => Vector128.WidenLower(b).AsByte();
}

internal readonly struct Pmovsxwd : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => Vector128.WidenLower(b.AsInt16()).AsByte();
}

internal readonly struct Pmovzxwd : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => Vector128.WidenLower(b.AsUInt16()).AsByte();
}

internal readonly struct Pmovsxdq : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => Vector128.WidenLower(b.AsInt32()).AsByte();
}

internal readonly struct Pmovzxdq : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => Vector128.WidenLower(b.AsUInt32()).AsByte();
}

internal readonly struct Pmovsxbd : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => Pmovsxwd.Do(a, Pmovsxbw.Do(a, b));
}

internal readonly struct Pmovsxwq : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => Pmovsxdq.Do(a, Pmovsxwd.Do(a, b));
}

internal readonly struct Pmovsxbq : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => Pmovsxdq.Do(a, Pmovsxbd.Do(a, b));
}

internal readonly struct Pmovzxbd : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => Pmovzxwd.Do(a, Pmovzxbw.Do(a, b));
}

internal readonly struct Pmovzxwq : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => Pmovzxdq.Do(a, Pmovzxwd.Do(a, b));
}

internal readonly struct Pmovzxbq : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => Pmovzxdq.Do(a, Pmovzxbd.Do(a, b));
}

/// <summary>The mask of PBLENDVB.</summary>
internal readonly struct SignBytes : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => (a.AsSByte() >> 7).AsByte();
}

/// <summary>The mask of BLENDVPS.</summary>
internal readonly struct SignDwords : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => (a.AsInt32() >> 31).AsByte();
}

/// <summary>The mask of BLENDVPD.</summary>
internal readonly struct SignQwords : IPacked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b) => (a.AsInt64() >> 63).AsByte();
}

internal readonly struct Pshufd : IPackedImmediate
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b, int immediate) => Vector128.Shuffle(b.AsUInt32(), Vector128.Create((uint)immediate & 3, ((uint)immediate >> 2) & 3, ((uint)immediate >> 4) & 3, ((uint)immediate >> 6) & 3)).AsByte();
}

/// <summary>PSHUFLW, and PSHUFW on 8 bytes.</summary>
internal readonly struct Pshuflw : IPackedImmediate
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b, int immediate) => Vector128.Shuffle(b.AsUInt16(), Vector128.Create((ushort)(immediate & 3), (ushort)((immediate >> 2) & 3), (ushort)((immediate >> 4) & 3), (ushort)((immediate >> 6) & 3), 4, 5, 6, 7)).AsByte();
}

internal readonly struct Pshufhw : IPackedImmediate
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b, int immediate) => Vector128.Shuffle(b.AsUInt16(), Vector128.Create(0, 1, 2, 3, (ushort)(4 + (immediate & 3)), (ushort)(4 + ((immediate >> 2) & 3)), (ushort)(4 + ((immediate >> 4) & 3)), (ushort)(4 + ((immediate >> 6) & 3)))).AsByte();
}

internal readonly struct Shufps : IPackedImmediate
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b, int immediate) => Vector128.Create(a.AsUInt32().GetElement(immediate & 3), a.AsUInt32().GetElement((immediate >> 2) & 3), b.AsUInt32().GetElement((immediate >> 4) & 3), b.AsUInt32().GetElement((immediate >> 6) & 3)).AsByte();
}

internal readonly struct Shufpd : IPackedImmediate
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b, int immediate) => Vector128.Create(a.AsUInt64().GetElement(immediate & 1), b.AsUInt64().GetElement((immediate >> 1) & 1)).AsByte();
}

/// <summary>Sixteen bytes out of both registers.</summary>
internal readonly struct Palignr : IPackedImmediate
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b, int immediate)
    {
        int count = (byte)immediate;
        return count >= 16 ? Bytes.Down(a, count - 16) : Bytes.Down(b, count) | Bytes.Up(a, 16 - count);
    }
}

/// <summary>PALIGNR on 8 bytes.</summary>
internal readonly struct PalignrHalf : IPackedImmediate
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b, int immediate) => Bytes.Down(Vector128.Create(b.GetLower(), a.GetLower()), (byte)immediate);
}

internal readonly struct Pinsrb : IPackedImmediate
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b, int immediate) => a.WithElement(immediate & 15, b.ToScalar());
}

internal readonly struct Pinsrw : IPackedImmediate
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b, int immediate) => a.AsUInt16().WithElement(immediate & 7, b.AsUInt16().ToScalar()).AsByte();
}

/// <summary>PINSRW on 8 bytes.</summary>
internal readonly struct PinsrwHalf : IPackedImmediate
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b, int immediate) => a.AsUInt16().WithElement(immediate & 3, b.AsUInt16().ToScalar()).AsByte();
}

internal readonly struct Pinsrd : IPackedImmediate
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b, int immediate) => a.AsUInt32().WithElement(immediate & 3, b.AsUInt32().ToScalar()).AsByte();
}

internal readonly struct Pinsrq : IPackedImmediate
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b, int immediate) => a.AsUInt64().WithElement(immediate & 1, b.AsUInt64().ToScalar()).AsByte();
}

/// <summary>The source lane is chosen by <see cref="Uop.Imm"/> unless it comes from memory: then the emitter has cleared the choice.</summary>
internal readonly struct Insertps : IPackedImmediate
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b, int immediate)
    {
        Vector128<uint> r = a.AsUInt32().WithElement((immediate >> 4) & 3, b.AsUInt32().GetElement((immediate >> 6) & 3));
        for (int i = 0; i < 4; i++)
        {
            if (((immediate >> i) & 1) != 0)
            {
                r = r.WithElement(i, 0u);
            }
        }

        return r.AsByte();
    }
}

internal readonly struct Blendps : IPackedImmediate
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b, int immediate) => Masks.Blend(a, b, Masks.Dwords(immediate));
}

internal readonly struct Blendpd : IPackedImmediate
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b, int immediate) => Masks.Blend(a, b, Masks.Qwords(immediate));
}

internal readonly struct Pblendw : IPackedImmediate
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b, int immediate) => Masks.Blend(a, b, Masks.Words(immediate));
}

/// <summary>Eight sums of absolute differences, each of four bytes further on.</summary>
internal readonly struct Mpsadbw : IPackedImmediate
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Do(Vector128<byte> a, Vector128<byte> b, int immediate)
    {
        int first = ((immediate >> 2) & 1) * 4;
        int fixedFirst = (immediate & 3) * 4;
        Vector128<ushort> r = default;
        for (int i = 0; i < 8; i++)
        {
            int sum = 0;
            for (int j = 0; j < 4; j++)
            {
                sum += Math.Abs(a.GetElement(first + i + j) - b.GetElement(fixedFirst + j));
            }

            r = r.WithElement(i, (ushort)sum);
        }

        return r.AsByte();
    }
}
