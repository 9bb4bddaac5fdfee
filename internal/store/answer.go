package store

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
)

// An answer crosses processes as the columns in JSON, the rows, and the end in
// JSON. Before each stands a byte that says which it is, and before each value
// of a row one that says of what type it is.
const (
	columnsPart = 'c'
	rowPart     = 'r'
	endPart     = 'e'
)

// end is how a query ended.
type end struct {
	Cut, Large bool   // see Rows
	Failure    string // what went wrong; empty for nothing
	Deadline   bool   // whether that was the time limit
}

// sender sends rows as they are found. A write that fails makes all later ones fail.
type sender struct {
	to  *bufio.Writer
	end end
}

func (s *sender) begin(columns []string) error { return s.part(columnsPart, columns) }

func (s *sender) cut(large bool) error {
	s.end.Cut, s.end.Large = true, large
	return nil
}

func (s *sender) finish() error {
	if err := s.part(endPart, s.end); err != nil {
		return err
	}
	return s.to.Flush()
}

func (s *sender) part(kind byte, content any) error {
	text, err := json.Marshal(content)
	if err != nil {
		return err
	}
	s.to.WriteByte(kind)
	return s.bytes(text)
}

func (s *sender) row(values []any) error {
	err := s.to.WriteByte(rowPart)
	for _, value := range values {
		switch value := value.(type) {
		case int64:
			s.to.WriteByte('i')
			_, err = s.to.Write(binary.AppendVarint(s.to.AvailableBuffer(), value))
		case float64:
			s.to.WriteByte('f')
			_, err = s.to.Write(binary.LittleEndian.AppendUint64(s.to.AvailableBuffer(), math.Float64bits(value)))
		case string:
			s.to.WriteByte('s')
			err = s.bytes([]byte(value))
		case []byte:
			s.to.WriteByte('b')
			err = s.bytes(value)
		default:
			err = s.to.WriteByte('n')
		}
	}
	return err
}

func (s *sender) bytes(content []byte) error {
	if _, err := s.to.Write(binary.AppendUvarint(s.to.AvailableBuffer(), uint64(len(content)))); err != nil {
		return err
	}
	_, err := s.to.Write(content)
	return err
}

// receive reads a whole answer.
func receive(from *bufio.Reader) (*Rows, end, error) {
	rows, last := &Rows{}, end{}
	for {
		kind, err := from.ReadByte()
		if err != nil {
			return nil, last, err
		}
		switch kind {
		case columnsPart:
			err = receivePart(from, &rows.Columns)
		case endPart:
			err = receivePart(from, &last)
			rows.Cut, rows.Large = last.Cut, last.Large
			return rows, last, err
		case rowPart:
			values := make([]any, len(rows.Columns))
			for i := range values {
				if values[i], err = receiveValue(from); err != nil {
					break
				}
			}
			rows.Values = append(rows.Values, values)
		default:
			err = fmt.Errorf("no part of an answer begins with %q", kind)
		}
		if err != nil {
			return nil, last, err
		}
	}
}

func receivePart(from *bufio.Reader, to any) error {
	text, err := receiveBytes(from)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, to)
}

func receiveValue(from *bufio.Reader) (any, error) {
	kind, err := from.ReadByte()
	if err != nil {
		return nil, err
	}
	switch kind {
	case 'i':
		return binary.ReadVarint(from)
	case 'f':
		var bits [8]byte
		_, err := io.ReadFull(from, bits[:])
		return math.Float64frombits(binary.LittleEndian.Uint64(bits[:])), err
	case 's':
		text, err := receiveBytes(from)
		return string(text), err
	case 'b':
		return receiveBytes(from)
	case 'n':
		return nil, nil
	}
	return nil, fmt.Errorf("no value of an answer begins with %q", kind)
}

func receiveBytes(from *bufio.Reader) ([]byte, error) {
	length, err := binary.ReadUvarint(from)
	if err != nil {
		return nil, err
	}
	content := make([]byte, length)
	_, err = io.ReadFull(from, content)
	return content, err
}
